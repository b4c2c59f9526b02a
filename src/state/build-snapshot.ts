import type { NamespaceFacts } from '../core/cluster-facts.ts'
import { isDnsSubdomain } from '../core/dns-names.ts'
import type { Inventory } from '../core/inventory.ts'
import { quote } from '../core/quote.ts'
import { makeInventoryStore, type InventoryStore } from '../discovery/inventory-store.ts'
import { recognizeService } from '../discovery/recognize-service.ts'
import { recognizeNamespace, recognizeWorkload } from '../discovery/recognize.ts'
import { describe, groupOf, ManifestError, type Manifest } from './manifest.ts'

/** The cluster as a set of manifests shows it. */
export interface Snapshot {
  readonly inventory: Inventory
  readonly namespaces: ReadonlyMap<string, NamespaceFacts>
}

/**
 * Makes of manifests what discovery makes of a cluster.
 *
 * @param defaultNamespace for objects without one
 * @throws ManifestError where two manifests are the same object
 */
export function buildSnapshot(
  manifests: readonly Manifest[],
  { defaultNamespace, clusterDomain }: { readonly defaultNamespace: string; readonly clusterDomain: string },
): Snapshot {
  const store = makeInventoryStore(clusterDomain)
  addToStore(store, manifests, defaultNamespace)
  const namespaces = manifests
    .filter(({ kind }) => kind === 'Namespace')
    .flatMap(({ object }) => recognizeNamespace(object) ?? [])
  return { inventory: store.current(), namespaces: new Map(namespaces.map((facts) => [facts.name, facts])) }
}

/**
 * Puts the instances and Services among the manifests into a store, over what it has of the same name.
 *
 * @throws ManifestError where two manifests are the same object
 */
export function addToStore(
  store: InventoryStore,
  manifests: readonly Manifest[],
  defaultNamespace: string,
): void {
  const state = manifests.filter(isState)
  refuseTwins(state, defaultNamespace)
  for (const manifest of state) {
    const { kind, name } = manifest
    const namespace = manifest.namespace || defaultNamespace
    const object = inNamespace(manifest, namespace)
    if (kind === 'DaemonSet' || kind === 'Deployment') {
      store.setWorkload(namespace, `${kind}/${name}`, recognizeWorkload(kind, object))
    } else if (kind === 'Service') store.setService(namespace, name, recognizeService(object))
  }
}

/** Whether an object tells something about instances. */
export function isState({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return ['apps/DaemonSet', 'apps/Deployment', '/Service', '/Namespace'].includes(
    `${groupOf(apiVersion)}/${kind}`,
  )
}

function inNamespace({ object }: Manifest, namespace: string): unknown {
  return { ...object, metadata: { ...(object['metadata'] as object), namespace } }
}

/** A cluster has an object once: of two there is no telling which is meant. */
function refuseTwins(manifests: readonly Manifest[], defaultNamespace: string): void {
  const seen = new Map<string, Manifest>()
  for (const manifest of manifests) {
    const namespace = manifest.kind === 'Namespace' ? '' : manifest.namespace || defaultNamespace
    if (!isDnsSubdomain(manifest.name)) {
      throw new ManifestError(
        manifest.source,
        `${manifest.kind} with the name ${quote(manifest.name)}, which Kubernetes refuses.`,
      )
    }
    const key = `${groupOf(manifest.apiVersion)}/${manifest.kind}/${namespace}/${manifest.name}`
    const twin = seen.get(key)
    if (twin !== undefined) {
      const first = `${twin.source.file}:${twin.source.line}`
      throw new ManifestError(
        manifest.source,
        `${describe({ ...manifest, namespace })} stands at ${first} too. Keep one of the two.`,
      )
    }
    seen.set(key, manifest)
  }
}
