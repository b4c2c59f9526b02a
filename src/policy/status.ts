import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf, textOf } from '../discovery/loose.ts'

/** What is to be said, before it is known since when. */
export interface Statement {
  readonly type: 'Accepted' | 'Ready' | 'DefaultsEffective' | 'Expired'
  readonly holds: boolean
  readonly reason: string
  readonly message: string
}

/** metav1.Condition */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly observedGeneration: number
  readonly lastTransitionTime: string
  readonly reason: string
  readonly message: string
}

export interface Status {
  readonly observedGeneration: number
  readonly conditions: readonly Condition[]
  readonly consumers?: { readonly pods: number; readonly workloads: number }
}

/** The types that we write; of those of others nothing is known, and nothing taken away. */
const OWN_TYPES: ReadonlySet<string> = new Set(['Accepted', 'Ready', 'DefaultsEffective', 'Expired'])

/**
 * Statements as a status. A condition keeps its time as long as it says the same of the same type, as Kubernetes' API
 * conventions have it.
 *
 * @param previous what was said last
 * @param now RFC 3339, whole seconds
 */
export function makeStatus(
  statements: readonly Statement[],
  { generation, previous, now }: { generation: number; previous: JsonObject | Status; now: string },
): Status {
  const before = new Map(objectsOf(previous.conditions).map((one) => [one['type'], one]))
  return {
    observedGeneration: generation,
    conditions: statements.map(({ type, holds, reason, message }) => {
      const status = holds ? 'True' : 'False'
      const last = before.get(type)
      const since = last?.['status'] === status ? textOf(last['lastTransitionTime']) : undefined
      return {
        type,
        status,
        observedGeneration: generation,
        lastTransitionTime: since ?? now,
        reason,
        message,
      }
    }),
  }
}

/** Whether an object's status says all of it already. What others wrote beside it is none of our business. */
export function saysSo(current: JsonObject, { observedGeneration, conditions, consumers }: Status): boolean {
  const there = objectsOf(current['conditions'])
  const ours = there.filter(({ type }) => OWN_TYPES.has(textOf(type) ?? ''))
  const counted = objectOr(current['consumers'])
  return (
    current['observedGeneration'] === observedGeneration &&
    ours.length === conditions.length &&
    conditions.every((condition) => ours.some((one) => isSame(one, condition))) &&
    (consumers === undefined ||
      (counted['pods'] === consumers.pods && counted['workloads'] === consumers.workloads))
  )
}

function isSame(there: JsonObject, condition: Condition): boolean {
  return Object.entries(condition).every(([field, value]) => there[field] === value)
}
