import { connect } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { z } from 'zod'
import { BUILT_IN_SECRET } from '../../src/config/tls-settings.ts'
import type { TestCluster } from '../cluster/attach.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { NAME, SYSTEM_NAMESPACE } from '../e2e/support/installation.ts'
import { mergePatch } from '../e2e/support/objects.ts'
import type { Replica } from '../e2e/support/replicas/replica.ts'

const SECRET = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets/${BUILT_IN_SECRET}`
const CONFIGURATIONS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map(
  (resource) => `/apis/admissionregistration.k8s.io/v1/${resource}/${NAME}`,
)
const PATIENCE = { timeout: 180_000, interval: 100 }

/** Asks for a new serving certificate, and resolves when every replica serves one that it did not serve before. */
export async function rotateServing(cluster: TestCluster, replicas: () => readonly Replica[]): Promise<void> {
  const before = new Set(await Promise.all(replicas().map(servedBy)))
  await ask(cluster, 'serving')
  await waitUntil(
    'every replica serves a new certificate',
    async () => {
      const served = await Promise.all(replicas().map(servedBy))
      return served.every((fingerprint) => !before.has(fingerprint)) && (await isDone(cluster))
    },
    PATIENCE,
  )
}

/** Asks for a new CA, and resolves when both configurations carry it alone. */
export async function rotateAuthority(cluster: TestCluster): Promise<void> {
  const before = new Set(await authoritiesOf(cluster))
  await ask(cluster, 'ca')
  await waitUntil(
    'the configurations carry the new CA alone',
    async () => {
      const authorities = new Set(await authoritiesOf(cluster))
      return (
        authorities.size === 1 && ![...authorities].some((one) => before.has(one)) && (await isDone(cluster))
      )
    },
    PATIENCE,
  )
}

/** Fingerprints of all the CAs that the API server is told to trust. */
export async function authoritiesOf({ request }: TestCluster): Promise<string[]> {
  const configurations = await Promise.all(CONFIGURATIONS.map((path) => request('GET', path)))
  return configurations.flatMap(({ body }) => bundlesOf(body).flatMap(fingerprintsOf))
}

const configuration = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string().default('') }) })),
})

function bundlesOf(body: unknown): string[] {
  return configuration.parse(body).webhooks.map(({ clientConfig }) => clientConfig.caBundle)
}

function fingerprintsOf(bundle: string): string[] {
  const pem = Buffer.from(bundle, 'base64').toString()
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? ['']
  return certificates.map((one) => (one === '' ? 'none' : new X509Certificate(one).fingerprint256))
}

async function ask(cluster: TestCluster, what: 'serving' | 'ca'): Promise<void> {
  const patch = { metadata: { annotations: { 'shared.dapr.io/rotate': what } } }
  const { status, body } = await mergePatch(cluster, SECRET, patch)
  if (status !== 200) throw new Error(`${BUILT_IN_SECRET}: ${JSON.stringify(body)}`)
}

async function isDone({ request }: TestCluster): Promise<boolean> {
  const { body } = await request('GET', SECRET)
  const { annotations = {} } = z
    .object({ metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }) })
    .parse(body).metadata
  return annotations['shared.dapr.io/rotate'] === undefined
}

/** The fingerprint of what a handshake brings now. */
async function servedBy({ address, port }: Replica): Promise<string> {
  const socket = connect({ host: address, port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}
