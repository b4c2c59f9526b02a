import type { Assets } from '../../cluster/assets.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { startCluster } from '../../cluster/start.ts'
import { installWebhook, type InstalledWebhook } from '../../e2e/support/installed-webhook.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { createNamespace } from '../../e2e/support/objects.ts'
import { wireTo, type TcpProxy } from '../../e2e/support/tcp-proxy.ts'
import { untilWatched } from '../../e2e/support/until-watched.ts'
import { askFor, type Answer } from './ask.ts'

/** A control plane of its own, the service installed in it, and one server on this host that the API server calls. */
export interface Stage extends AsyncDisposable {
  readonly cluster: TestCluster
  readonly webhook: InstalledWebhook
  /** all that goes between the server and the API server; reviews come another way */
  readonly wire: TcpProxy
  readonly namespace: string
  /** Creates a pod that asks for an instance, as a dry run, through the API server. */
  ask: (appId?: string) => Promise<Answer>
  /** Creates an instance, and resolves when the watches of the server have brought it. */
  bring: (appId: string) => Promise<void>
}

export interface StageOptions {
  readonly apiServerFlags?: string[]
  /** of `manifests` */
  readonly flags?: readonly string[]
}

export const NAMESPACE = 'faults'
export const KNOWN = 'order'

export async function openStage(
  assets: Assets,
  { apiServerFlags = [], flags = [] }: StageOptions = {},
): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await startCluster({ assets, apiServerFlags }))
  let wire: TcpProxy | undefined
  const webhook = await installWebhook(
    cluster,
    async (kubeconfig) => {
      const via = await wireTo(kubeconfig)
      wire = stack.use(via.wire)
      return via.kubeconfig
    },
    flags,
  )
  if (wire === undefined) throw new Error('the server has no way to the API server')
  await webhook.start()
  // the server that was started last, whichever that is by then
  stack.defer(async () => void (await webhook.server.stop('SIGKILL')))
  await webhook.effective()
  await createNamespace(cluster, NAMESPACE)

  const stage = {
    cluster,
    webhook,
    wire,
    namespace: NAMESPACE,
    ask: (appId = KNOWN) => askFor(cluster, NAMESPACE, appId),
    async bring(appId: string) {
      await createInstance(cluster, NAMESPACE, appId)
      await untilWatched(webhook, NAMESPACE, appId)
    },
  }
  await stage.bring(KNOWN)
  const running = stack.move()
  return { ...stage, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
