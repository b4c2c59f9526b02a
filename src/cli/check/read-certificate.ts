import type { CertificateTexts, Fact } from '../../check/facts.ts'
import { objectOr } from '../../core/cluster-facts.ts'
import { textOf } from '../../discovery/loose.ts'
import type { Asker } from './ask.ts'

/** The public part of the Secret with the serving certificate. Its keys are not even decoded. */
export async function readCertificate(
  { named }: Asker,
  namespace: string,
  name: string,
): Promise<Fact<CertificateTexts | undefined>> {
  if (name === '')
    return { known: false, why: 'the Deployment does not tell where its certificate lies', right: '' }
  const secret = await named(
    `/api/v1/namespaces/${namespace}/secrets/${name}`,
    `get secrets/${name} -n ${namespace}`,
  )
  if (!secret.known) return secret
  if (secret.value === undefined) return { known: true, value: undefined }
  const certificate = textOf(objectOr(secret.value['data'])['tls.crt']) ?? ''
  return { known: true, value: { certPem: Buffer.from(certificate, 'base64').toString() } }
}
