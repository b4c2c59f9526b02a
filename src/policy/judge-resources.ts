import type { JsonObject } from '../core/pod.ts'
import type { Exception } from '../core/policy.ts'
import { compileException, type Compiled } from './compile.ts'
import type { ResourceKind } from './kinds.ts'
import {
  inOrderOfDefaults,
  judgePolicy,
  statementsOfCompiled,
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
 *
 * @param breathe between two policies: there may be thousands, in a process that has reviews to answer
 */
export function makeJudge(
  breathe: () => Promise<void> | undefined,
): (policies: readonly { readonly written: JsonObject }[], now: number) => Promise<JudgeNow> {
  const judged = new WeakMap<JsonObject, JudgedPolicy>()
  const plain = new WeakMap<JsonObject, readonly Statement[]>()
  const exceptions = new WeakMap<JsonObject, Compiled<Exception>>()
  let ofPolicies = new Map<JsonObject, readonly Statement[]>()

  const once = (written: JsonObject, state: () => readonly Statement[]): readonly Statement[] => {
    const known = plain.get(written) ?? state()
    plain.set(written, known)
    return known
  }

  const compiled = (written: JsonObject): Compiled<Exception> => {
    const known = exceptions.get(written) ?? compileException(written)
    exceptions.set(written, known)
    return known
  }

  const judgeAll = async (
    policies: readonly { readonly written: JsonObject }[],
  ): Promise<Map<JsonObject, readonly Statement[]>> => {
    const all: { written: JsonObject; one: JudgedPolicy }[] = []
    for (const { written } of policies) {
      const one = judged.get(written) ?? judgePolicy(written)
      judged.set(written, one)
      all.push({ written, one })
      await breathe()
    }
    const rivals = inOrderOfDefaults(all.map(({ one }) => one))
    const told = new Map<JsonObject, readonly Statement[]>()
    for (const { written, one } of all) {
      told.set(written, statementsOfPolicy(one, rivals))
      await breathe()
    }
    return told
  }

  return async (policies, now) => {
    const isSame =
      policies.length === ofPolicies.size && policies.every(({ written }) => ofPolicies.has(written))
    if (!isSame) ofPolicies = await judgeAll(policies)
    return (kind, written) => {
      switch (kind) {
        case 'DaprSharedPolicy':
          return ofPolicies.get(written) ?? []
        case 'DaprSharedGrant':
          return once(written, () => statementsOfGrant(written))
        case 'DaprSharedInstance':
          return once(written, () => statementsOfInstance(written))
        case 'DaprSharedException':
          return statementsOfCompiled(compiled(written), now)
      }
    }
  }
}
