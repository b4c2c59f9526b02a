import { startCluster } from '../../cluster/start.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import type { Assets } from '../../cluster/assets.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { createNamespace } from '../../e2e/support/objects.ts'
import { installService, type ServiceInstall } from '../../e2e/support/replicas/install-service.ts'
import { startReplicas, type Replicas } from '../../e2e/support/replicas/replicas.ts'
import { askFor, type Answer } from './ask.ts'
import { KNOWN, NAMESPACE } from './stage.ts'

/** Replicas behind the installed Service, on addresses of their own, as a real API server finds them. */
export interface BehindService extends AsyncDisposable {
  readonly cluster: TestCluster
  readonly install: ServiceInstall
  readonly replicas: Replicas
  ask: () => Promise<Answer>
}

export async function openBehindService(
  assets: Assets,
  { count = 2, lagMs = 0, flags = [] }: { count?: number; lagMs?: number; flags?: readonly string[] } = {},
): Promise<BehindService> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await startCluster({ assets }))
  await createNamespace(cluster, NAMESPACE)
  await createInstance(cluster, NAMESPACE, KNOWN)
  const install = await installService(cluster)
  const { certFile, keyFile, caPem } = install.rendered
  const replicas = stack.use(
    await startReplicas({
      cluster,
      count,
      caPem,
      kubeconfig: install.kubeconfig,
      flags: [`--tls-cert=${certFile}`, `--tls-key=${keyFile}`, '--drain-seconds=3', ...flags],
      lagMs,
    }),
  )
  const ask = (): Promise<Answer> => askFor(cluster, NAMESPACE, KNOWN)
  await waitUntil('a pod is injected', async () => (await ask()).kind === 'injected')
  const running = stack.move()
  return { cluster, install, replicas, ask, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
