import type { TestCluster } from '../../cluster/attach.ts'
import { findFreePorts } from '../../cluster/free-ports.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { createInstance } from './instances.ts'
import { applyInstall, NAME, renderInstall, SYSTEM_NAMESPACE, type RenderedInstall } from './installation.ts'
import { sumOf } from './metrics.ts'
import { create, createNamespace, mergePatch, pathOfPod } from './objects.ts'
import { aPod } from './pods.ts'
import { startServer, type ServerProcess } from './server-process.ts'

/** An installation that the API server calls, and its one server, which may be stopped and started again. */
export interface InstalledWebhook {
  readonly rendered: RenderedInstall
  /** Path of the kubeconfig with the rights of its ServiceAccount, and no others. */
  readonly kubeconfig: string
  readonly port: number
  /** The server that was started last. */
  readonly server: ServerProcess
  start(): Promise<ServerProcess>
  /** The sum of the series of one of its metrics. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>
  /** Resolves when API server and server do what was applied. */
  effective(): Promise<void>
}

/**
 * Applies all that `dapr-shared manifests` prints, for a server on this host. None is started yet.
 *
 * @param viaKubeconfig makes another kubeconfig of the ServiceAccount's, for another way to the API server
 * @param flags of `manifests`
 */
export async function installWebhook(
  cluster: TestCluster,
  viaKubeconfig: (kubeconfig: string) => Promise<string> = async (kubeconfig) => kubeconfig,
  flags: readonly string[] = [],
): Promise<InstalledWebhook> {
  const [port = 0] = await findFreePorts(1)
  const rendered = await renderInstall(cluster, flags)
  await applyInstall(cluster, rendered, port)
  const kubeconfig = await viaKubeconfig(await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME))

  let running: ServerProcess | undefined
  const webhook: InstalledWebhook = {
    rendered,
    kubeconfig,
    port,
    get server() {
      if (running === undefined) throw new Error('no server was started')
      return running
    },
    async start() {
      const reviewApi = flags.includes('--review-api')
      running = await startServer({ ...rendered, kubeconfig, port, reviewApi })
      return running
    },
    async metric(name, labels) {
      return sumOf((await webhook.server.ask('/metrics')).body, name, labels)
    },
    effective: () => untilEffective(cluster, webhook, flags.includes('--backstop') ? 'mutate' : 'validate'),
  }
  return webhook
}

const PROBES = 'dapr-shared-probes'

/**
 * The API server learns of configurations and policies a moment after it took them.
 *
 * @param last the last webhook that sees a new pod
 */
async function untilEffective(
  cluster: TestCluster,
  webhook: InstalledWebhook,
  last: 'mutate' | 'validate',
): Promise<void> {
  const { request } = cluster
  await createNamespace(cluster, PROBES)
  if ((await request('GET', pathOfPod(PROBES, 'plain'))).status === 404) {
    await createInstance(cluster, PROBES, 'probe')
    await create(cluster, PROBES, aPod('plain', undefined))
  }
  await waitUntil('the server is ready', async () => (await webhook.server.ask('/readyz')).status === 200)
  await waitUntil('the API server calls both webhooks', async () => {
    await create(cluster, PROBES, aPod('asking', 'probe'), { dryRun: true })
    return (await webhook.metric('dapr_shared_admission_requests_total', { webhook: last })) > 0
  })
  await waitUntil('the API server guards our labels', async () => {
    const path = `${pathOfPod(PROBES, 'plain')}/status?dryRun=All`
    const patch = { metadata: { labels: { 'shared.dapr.io/app-id': 'probe' } } }
    const { status } = await mergePatch(cluster, path, patch)
    return status === 403
  })
}
