import type { WorkloadKind } from '../core/cluster-facts.ts'
import { EMPTY_NAMESPACE, type NamespaceInventory } from '../core/inventory.ts'
import { objectOr } from '../core/cluster-facts.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { listIfInstalled, listInPages } from '../kube/page-list.ts'
import { makeInventoryStore, type InventoryStore } from './inventory-store.ts'
import { textOf } from './loose.ts'
import { resourcePath } from '../policy/kinds.ts'
import { recognizeExternal } from './recognize-external.ts'
import { recognizeService } from './recognize-service.ts'
import { recognizeWorkload } from './recognize.ts'

const PAGE_SIZE = 500

/** Reads what one namespace has now: four lists, which begin after the call. */
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
 * Lists the workloads, Services and external instances of one namespace, or of all, into a store.
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
  const listWorkloads = (kind: WorkloadKind): Promise<void> =>
    list(
      client,
      `/apis/apps/v1${inNamespace(namespace)}/${kind.toLowerCase()}s`,
      signal,
      (object, own, name) => store.setWorkload(own, `${kind}/${name}`, recognizeWorkload(kind, object)),
    )
  await Promise.all([
    listWorkloads('DaemonSet'),
    listWorkloads('Deployment'),
    listServices(store, client, namespace, signal),
    listExternals(store, client, namespace, signal),
  ])
}

function listServices(
  store: InventoryStore,
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  return list(client, `/api/v1${inNamespace(namespace)}/services`, signal, (object, own, name) =>
    store.setService(own, name, recognizeService(object)),
  )
}

/** Where the CRD is not installed, there is no external instance. */
function listExternals(
  store: InventoryStore,
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const take: Take = (object, own, name) => store.setExternal(own, name, recognizeExternal(object))
  return list(client, resourcePath('DaprSharedInstance', namespace), signal, take, listIfInstalled)
}

type Take = (object: unknown, namespace: string, name: string) => void

async function list(
  client: KubeClient,
  path: string,
  signal: AbortSignal,
  take: Take,
  inPages: typeof listInPages | typeof listIfInstalled = listInPages,
): Promise<void> {
  const read = (object: unknown): void => {
    const { namespace, name } = objectOr(objectOr(object)['metadata'])
    take(object, textOf(namespace) ?? '', textOf(name) ?? '')
  }
  await inPages((query) => client.get(path, { query, signal }), read, PAGE_SIZE)
}

function inNamespace(namespace: string): string {
  return namespace === '' ? '' : `/namespaces/${namespace}`
}
