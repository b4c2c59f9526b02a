import type { JsonObject } from '../core/pod.ts'
import type { ResourceKind } from './kinds.ts'
import {
  judgePolicy,
  statementsOfException,
  statementsOfGrant,
  statementsOfInstance,
  statementsOfPolicy,
  type JudgedPolicy,
} from './statements.ts'
import type { Statement } from './status.ts'

/** What is to be said of a resource now. */
export type JudgeNow = (kind: ResourceKind, written: JsonObject) => readonly Statement[]

/**
 * Judges resources again and again, and compiles each only once: a watch hands out the same object until it changes. What
 * is said of a policy depends on the others, so it is thought over when any of them has changed.
 */
export function makeJudge(): (
  policies: readonly { readonly written: JsonObject }[],
  now: number,
) => JudgeNow {
  const judged = new WeakMap<JsonObject, JudgedPolicy>()
  const plain = new WeakMap<JsonObject, readonly Statement[]>()
  let ofPolicies = new Map<JsonObject, readonly Statement[]>()

  const once = (written: JsonObject, state: () => readonly Statement[]): readonly Statement[] => {
    const known = plain.get(written) ?? state()
    plain.set(written, known)
    return known
  }

  return (policies, now) => {
    const isSame =
      policies.length === ofPolicies.size && policies.every(({ written }) => ofPolicies.has(written))
    if (!isSame) {
      const all = policies.map(({ written }) => {
        const one = judged.get(written) ?? judgePolicy(written)
        judged.set(written, one)
        return { written, one }
      })
      const others = all.map(({ one }) => one)
      ofPolicies = new Map(all.map(({ written, one }) => [written, statementsOfPolicy(one, others)]))
    }
    return (kind, written) => {
      switch (kind) {
        case 'DaprSharedPolicy':
          return ofPolicies.get(written) ?? []
        case 'DaprSharedGrant':
          return once(written, () => statementsOfGrant(written))
        case 'DaprSharedInstance':
          return once(written, () => statementsOfInstance(written))
        case 'DaprSharedException':
          // its end comes without a change of it
          return statementsOfException(written, now)
      }
    }
  }
}
