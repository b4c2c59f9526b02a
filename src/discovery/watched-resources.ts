import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import type { Change } from '../kube/object-store.ts'
import type { Reflector, ReflectorOptions } from '../kube/reflector.ts'
import { KINDS, resourcePath, type ResourceKind } from '../policy/kinds.ts'
import type { PolicyStore } from '../policy/policy-store.ts'
import type { InventoryStore } from './inventory-store.ts'
import { textOf } from './loose.ts'
import { recognizeExternal } from './recognize-external.ts'

/** What is kept of a resource of ours: enough to read it as its author wrote it, and to see what has been said of it. */
export interface WatchedResource {
  /** apiVersion, kind, metadata and spec */
  readonly written: JsonObject
  readonly status: JsonObject
}

type Reflect = <T>(
  resource: string,
  path: string,
  options: Pick<ReflectorOptions<T>, 'project' | 'onChange' | 'mayBeAbsent'>,
) => Reflector<T>

export type WatchedResources = Readonly<Record<ResourceKind, Reflector<WatchedResource>>>

/** Watches the resources of our own group, and puts what they say where it counts. A cluster may not have their CRDs. */
export function watchResources(
  reflect: Reflect,
  policies: PolicyStore,
  inventory: InventoryStore,
): WatchedResources {
  const watch = (
    kind: ResourceKind,
    take: (place: { namespace: string; name: string }, written: JsonObject | undefined) => void,
  ): Reflector<WatchedResource> => {
    return reflect(KINDS[kind].plural, resourcePath(kind), {
      mayBeAbsent: true,
      project: projectResource,
      onChange: (change) => {
        if (!isOnlyStatus(change)) take(change, change.type === 'deleted' ? undefined : change.after.written)
      },
    })
  }
  return {
    DaprSharedPolicy: watch('DaprSharedPolicy', ({ name }, written) => policies.setPolicy(name, written)),
    DaprSharedGrant: watch('DaprSharedGrant', ({ namespace, name }, written) =>
      policies.setGrant(namespace, name, written),
    ),
    DaprSharedException: watch('DaprSharedException', ({ namespace, name }, written) =>
      policies.setException(namespace, name, written),
    ),
    DaprSharedInstance: watch('DaprSharedInstance', ({ namespace, name }, written) =>
      inventory.setExternal(namespace, name, written && recognizeExternal(written)),
    ),
  }
}

const KEPT = ['name', 'namespace', 'uid', 'generation', 'creationTimestamp', 'deletionTimestamp'] as const

/** Without what changes at every write of a status, so that the same words are the same resource. */
export function projectResource(object: unknown): WatchedResource | undefined {
  const { apiVersion, kind, spec, status, metadata } = objectOr(object)
  const all = objectOr(metadata)
  if (textOf(all['name']) === undefined) return undefined
  // whoever may write a grant may write annotations, a quarter of a megabyte in each
  const kept = Object.fromEntries(KEPT.flatMap((field) => (field in all ? [[field, all[field]]] : [])))
  return { written: { apiVersion, kind, metadata: kept, spec }, status: objectOr(status) }
}

/** Our own writes come back by the watch; they change nothing that governs. */
function isOnlyStatus(change: Change<WatchedResource>): boolean {
  return (
    change.type === 'modified' &&
    JSON.stringify(change.before.written) === JSON.stringify(change.after.written)
  )
}
