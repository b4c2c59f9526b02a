import type { Manifest } from './manifest.ts'
import { makeStateStore, type Snapshot } from './state-store.ts'

/**
 * Makes of manifests what discovery makes of a cluster.
 *
 * @param defaultNamespace for objects without one
 * @throws ManifestError where two manifests are the same object, or one is a resource that the API server would refuse
 */
export function buildSnapshot(
  manifests: readonly Manifest[],
  { defaultNamespace, clusterDomain }: { readonly defaultNamespace: string; readonly clusterDomain: string },
): Snapshot {
  const store = makeStateStore(clusterDomain)
  store.add(manifests, defaultNamespace)
  return store.snapshot()
}
