import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { TestCluster } from '../../cluster/attach.ts'
import { outputOf } from './run-program.ts'

export const SYSTEM_NAMESPACE = 'dapr-shared-system'
export const NAME = 'dapr-shared-admission'

const CONFIGURATIONS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const
const API = '/apis/admissionregistration.k8s.io/v1'

/** What `dapr-shared manifests` prints, with a certificate that serves 127.0.0.1 as well. */
export interface RenderedInstall {
  readonly yaml: string
  readonly certFile: string
  readonly keyFile: string
  readonly caPem: string
}

/** @param flags of `manifests`, as `--backstop` */
export async function renderInstall(
  { dir }: TestCluster,
  flags: readonly string[] = [],
): Promise<RenderedInstall> {
  const cwd = mkdtempSync(join(dir, 'install-'))
  const hosts = ['127.0.0.1', `${NAME}.${SYSTEM_NAMESPACE}.svc`].map((host) => `--host=${host}`)
  await outputOf(['certs', '--out=.', ...hosts], { cwd })
  const certificate = ['--ca=ca.crt', '--tls-cert=tls.crt', '--tls-key=tls.key']
  const yaml = await outputOf(['manifests', ...certificate, ...flags], { cwd })
  return {
    yaml,
    certFile: join(cwd, 'tls.crt'),
    keyFile: join(cwd, 'tls.key'),
    caPem: readFileSync(join(cwd, 'ca.crt'), 'utf8'),
  }
}

/** Installs it all as it is rendered, but for where the API server finds the webhook: on this host. */
export async function applyInstall(
  cluster: TestCluster,
  { yaml }: RenderedInstall,
  port: number,
): Promise<void> {
  await removeConfigurations(cluster)
  await cluster.apply(yaml)
  await pointConfigurationsAt(cluster, port)
}

const configuration = z.looseObject({
  webhooks: z.array(
    z.looseObject({
      name: z.string(),
      clientConfig: z.object({
        caBundle: z.string(),
        service: z.object({ path: z.string(), name: z.string(), namespace: z.string(), port: z.number() }),
      }),
    }),
  ),
})

/** Replaces the Service by a URL in both configurations; nothing else of them changes. */
export async function pointConfigurationsAt({ request }: TestCluster, port: number): Promise<void> {
  for (const resource of CONFIGURATIONS) {
    const path = `${API}/${resource}/${NAME}`
    const { webhooks } = configuration.parse((await request('GET', path)).body)
    const patch = webhooks.map(({ clientConfig: { caBundle, service } }, index) => ({
      op: 'replace',
      path: `/webhooks/${index}/clientConfig`,
      value: { caBundle, url: `https://127.0.0.1:${port}${service.path}` },
    }))
    const { status, body } = await request('PATCH', path, patch, {
      'content-type': 'application/json-patch+json',
    })
    if (status !== 200) throw new Error(`${resource}: ${JSON.stringify(body)}`)
  }
}

/** Takes away all that concerns the pods of others; the service's own namespace stays. */
export async function removeConfigurations({ request }: TestCluster): Promise<void> {
  const guards = [
    'validatingadmissionpolicybindings/dapr-shared-labels',
    'validatingadmissionpolicybindings/dapr-shared-labels-namespace',
    'validatingadmissionpolicies/dapr-shared-labels',
    'validatingadmissionpolicybindings/dapr-shared-backstop',
    'validatingadmissionpolicies/dapr-shared-backstop',
  ]
  for (const path of [
    ...CONFIGURATIONS.map((resource) => `${API}/${resource}/${NAME}`),
    ...guards.map((guard) => `${API}/${guard}`),
  ]) {
    const { status, body } = await request('DELETE', path)
    if (status !== 200 && status !== 404) throw new Error(`${path}: ${JSON.stringify(body)}`)
  }
}
