import type { ServiceFacts } from '../core/cluster-facts.ts'
import { buildNamespace, withNamespaces, type Inventory, type NamespaceInventory } from '../core/inventory.ts'
import type { InstanceChange } from './instance-change.ts'
import type { ExternalRecognition } from './recognize-external.ts'
import type { Recognition } from './recognize.ts'

/** The objects of one kind, by namespace and by a name that is unique in it. */
type ByNamespace<T> = Map<string, Map<string, T>>

/**
 * The recognised objects, and the inventory made of them. Changes are collected and a namespace is built anew at the
 * next {@link InventoryStore.current}, or at the end of the turn, whichever comes first: a list of ten thousand objects
 * builds each namespace once.
 */
export interface InventoryStore {
  setWorkload(namespace: string, key: string, recognized: Recognition): void
  setService(namespace: string, name: string, service: ServiceFacts | undefined): void
  setExternal(namespace: string, name: string, external: ExternalRecognition): void
  /** the inventory with every change so far */
  current(): Inventory
  /** a namespace as it would be after a change, which is not made */
  preview(namespace: string, change: InstanceChange): NamespaceInventory
}

export function makeInventoryStore(clusterDomain: string): InventoryStore {
  const workloads: ByNamespace<NonNullable<Recognition>> = new Map()
  const services: ByNamespace<ServiceFacts> = new Map()
  const externals: ByNamespace<NonNullable<ExternalRecognition>> = new Map()
  const changed = new Set<string>()
  let inventory: Inventory = new Map()

  const touch = (namespace: string): void => {
    if (changed.size === 0) setImmediate(build)
    changed.add(namespace)
  }
  const build = (): void => {
    if (changed.size === 0) return
    inventory = withNamespaces(
      inventory,
      [...changed].map((namespace) => [namespace, makeNamespace(namespace)]),
    )
    changed.clear()
  }
  const makeNamespace = (namespace: string): NamespaceInventory =>
    buildNamespace(
      toObjects(
        [...(workloads.get(namespace)?.values() ?? [])],
        [...(services.get(namespace)?.values() ?? [])],
        [...(externals.get(namespace)?.values() ?? [])],
      ),
      clusterDomain,
    )

  return {
    setWorkload(namespace, key, recognized) {
      if (set(workloads, namespace, key, recognized)) touch(namespace)
    },
    setService(namespace, name, service) {
      if (set(services, namespace, name, service)) touch(namespace)
    },
    setExternal(namespace, name, external) {
      if (set(externals, namespace, name, external)) touch(namespace)
    },
    current() {
      build()
      return inventory
    },
    preview(namespace, change) {
      const own = <T>(map: ByNamespace<T>): Map<string, T> => new Map(map.get(namespace))
      const after = { workloads: own(workloads), services: own(services), externals: own(externals) }
      switch (change.of) {
        case 'workload':
          put(after.workloads, `${change.kind}/${change.name}`, change.after)
          break
        case 'service':
          put(after.services, change.name, change.after)
          break
        case 'external':
          put(after.externals, change.name, change.after)
          break
      }
      const { workloads: left, services: open, externals: outside } = after
      return buildNamespace(
        toObjects([...left.values()], [...open.values()], [...outside.values()]),
        clusterDomain,
      )
    },
  }
}

/** Sorts recognitions into what {@link buildNamespace} takes. */
export function toObjects(
  recognized: readonly NonNullable<Recognition>[],
  services: readonly ServiceFacts[],
  externals: readonly NonNullable<ExternalRecognition>[],
): Parameters<typeof buildNamespace>[0] {
  return {
    workloads: recognized.flatMap((one) => ('instance' in one ? one.instance : [])),
    unusable: [...recognized, ...externals].flatMap((one) => ('unusable' in one ? one.unusable : [])),
    services,
    externals: externals.flatMap((one) => ('external' in one ? one.external : [])),
  }
}

function put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}

/** @returns whether there was anything to change */
function set<T>(map: ByNamespace<T>, namespace: string, key: string, value: T | undefined): boolean {
  const there = map.get(namespace)
  if (value === undefined) {
    const had = there?.delete(key) ?? false
    if (there?.size === 0) map.delete(namespace)
    return had
  }
  if (there === undefined) map.set(namespace, new Map([[key, value]]))
  else there.set(key, value)
  return true
}
