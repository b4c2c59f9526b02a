import type { Assets } from '../cluster/assets.ts'
import type { TestCluster } from '../cluster/attach.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { knownInstance } from '../e2e/support/expected.ts'
import { createInstance } from '../e2e/support/instances.ts'
import { startLoad, type Load } from '../e2e/support/load.ts'
import { create, createNamespace } from '../e2e/support/objects.ts'
import { aPod } from '../e2e/support/pods.ts'
import { installService, type ServiceInstall } from '../e2e/support/replicas/install-service.ts'
import { startReplicas, type Replicas } from '../e2e/support/replicas/replicas.ts'

export const NAMESPACE = 'life-cycle'
export const INSTANCE = knownInstance(NAMESPACE, 'order')

export interface StageOptions {
  readonly assets: Assets
  readonly drainSeconds: number
  /** path of a bundle; the sources otherwise */
  readonly program?: string
}

/** A control plane of its own, an instance, the installed Service, and two replicas behind it. */
export interface Stage extends AsyncDisposable {
  readonly cluster: TestCluster
  readonly install: ServiceInstall
  readonly replicas: Replicas
  startLoad(rates: { asking: number; plain: number }): Load
}

/** Resolves when pods are injected. */
export async function openStage({ assets, drainSeconds, program }: StageOptions): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await startCluster({ assets }))
  await createNamespace(cluster, NAMESPACE)
  await createInstance(cluster, NAMESPACE, INSTANCE.appId)
  const install = await installService(cluster, { certificates: 'built-in' })
  const replicas = stack.use(
    await startReplicas({
      cluster,
      count: 2,
      kubeconfig: install.kubeconfig,
      flags: [`--drain-seconds=${drainSeconds}`, '--tls-mode=built-in', '--ca-settle-seconds=2'],
      ...(program && { program }),
    }),
  )
  await waitUntil('a pod is injected', async () => {
    const { status, body } = await create(cluster, NAMESPACE, aPod('probe', INSTANCE.appId), { dryRun: true })
    return status === 201 && JSON.stringify(body).includes('DAPR_HTTP_ENDPOINT')
  })
  const running = stack.move()
  return {
    cluster,
    install,
    replicas,
    startLoad: (rates) => startLoad({ cluster, namespace: NAMESPACE, instance: INSTANCE, ...rates }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
