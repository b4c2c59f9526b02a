import type { WorkloadKind } from '../core/cluster-facts.ts'
import { EMPTY_NAMESPACE, type NamespaceInventory } from '../core/inventory.ts'
import { objectOr } from '../core/cluster-facts.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { listInPages } from '../kube/page-list.ts'
import { makeInventoryStore, type InventoryStore } from './inventory-store.ts'
import { textOf } from './loose.ts'
import { recognizeService } from './recognize-service.ts'
import { recognizeWorkload } from './recognize.ts'

const PAGE_SIZE = 500

/** Reads what one namespace has now: three lists, which begin after the call. */
export async function readNamespace(
  client: KubeClient,
  namespace: string,
  clusterDomain: string,
  signal: AbortSignal,
): Promise<NamespaceInventory> {
  const store = makeInventoryStore(clusterDomain)
  await listInto(store, client, namespace, signal)
  return store.current().get(namespace) ?? EMPTY_NAMESPACE
}

/**
 * Lists the workloads and Services of one namespace, or of all, into a store.
 *
 * @param namespace empty for all namespaces
 * @throws what the client throws: a list that is refused, or a server that does not answer
 */
export async function listInto(
  store: InventoryStore,
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const inNamespace = namespace === '' ? '' : `/namespaces/${namespace}`
  const list = async (
    path: string,
    take: (object: unknown, namespace: string, name: string) => void,
  ): Promise<void> => {
    const read = (object: unknown): void => {
      const { namespace: own, name } = objectOr(objectOr(object)['metadata'])
      take(object, textOf(own) ?? '', textOf(name) ?? '')
    }
    await listInPages((query) => client.get(path, { query, signal }), read, PAGE_SIZE)
  }
  const listWorkloads = (kind: WorkloadKind): Promise<void> =>
    list(`/apis/apps/v1${inNamespace}/${kind.toLowerCase()}s`, (object, own, name) =>
      store.setWorkload(own, `${kind}/${name}`, recognizeWorkload(kind, object)),
    )
  await Promise.all([listWorkloads('DaemonSet'), listWorkloads('Deployment')])
  // after the workloads: Helm creates a Service before its workload, which would else be seen without it
  await list(`/api/v1${inNamespace}/services`, (object, own, name) =>
    store.setService(own, name, recognizeService(object)),
  )
}
