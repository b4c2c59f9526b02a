import type { InstanceAsk } from './ask.ts'
import type { Instance } from './instance.ts'
import { EMPTY_NAMESPACE, type Entry, type Inventory } from './inventory.ts'
import { nearNames } from './near-names.ts'

/** The answer to an ask, with the reason where there is no instance. */
export type Choice =
  | { readonly kind: 'found'; readonly instance: Instance }
  | Exclude<Entry, { kind: 'instance' }>
  | {
      readonly kind: 'missing'
      /** app-ids of that namespace that may have been meant */
      readonly near: readonly string[]
      /** the first app-ids of that namespace by name, and how many there are */
      readonly existing: readonly string[]
      readonly existingCount: number
      /** the app-id runs with a sidecar here */
      readonly isSidecarApp: boolean
      /** why a workload of that namespace that is marked as an instance is none */
      readonly unusable: string | undefined
    }

const SHOWN = 5

/** Looks up one key. Costs two map look-ups when there is an instance. */
export function chooseInstance({ namespace, appId }: InstanceAsk, inventory: Inventory): Choice {
  const there = inventory.get(namespace) ?? EMPTY_NAMESPACE
  const entry = there.entries.get(appId)
  if (entry?.kind === 'instance') return { kind: 'found', instance: entry.instance }
  if (entry !== undefined) return entry
  const [unusable] = there.unusable
  return {
    kind: 'missing',
    near: nearNames(appId, there.entries.keys()),
    existing: firstByName(there.entries.keys(), SHOWN),
    existingCount: there.entries.size,
    isSidecarApp: there.sidecarAppIds.has(appId),
    unusable: unusable && `${unusable.kind}/${unusable.name} ${unusable.reason}`,
  }
}

/** The `most` lowest names, without sorting what may be ten thousand of them for a refusal. */
function firstByName(names: Iterable<string>, most: number): string[] {
  const first: string[] = []
  for (const name of names) {
    if (first.length === most && name > (first[most - 1] ?? '')) continue
    first.push(name)
    first.sort()
    first.length = Math.min(first.length, most)
  }
  return first
}
