import { decide, type Question } from '../../src/core/decide.ts'
import { needsFacts, type Answer, type Decision } from '../../src/core/decision.ts'
import type { Facts } from '../../src/core/facts.ts'
import { NO_POLICIES, type Policy, type PolicySet } from '../../src/core/policy.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { PolicySpec } from '../../src/policy/schema/policy.ts'
import { settings } from './builders.ts'

/** Nothing unusual is known: a bare pod, an unlabelled namespace, nobody else uses anything, and RBAC allows nothing. */
export function someFacts(changes: Partial<Facts> = {}): Facts {
  return {
    namespaceLabels: () => ({ 'kubernetes.io/metadata.name': 'shop' }),
    owners: () => ({ known: true, value: [] }),
    mayUse: () => ({ known: true, value: false }),
    consumers: () => ({ known: true, value: { pods: 0, workloads: new Map() } }),
    workload: () => 'shop/Pod/web',
    ...changes,
  }
}

/** The moment of every decision that is not about time. */
export const NOW = Date.parse('2026-11-21T12:00:00Z')

export type AskedQuestion = Pick<Question, 'pod' | 'inventory'> & Partial<Question>

export function aQuestion(parts: AskedQuestion): Question {
  return {
    stage: 'mutate',
    point: 'Pod',
    namespace: 'shop',
    policies: NO_POLICIES,
    facts: someFacts(),
    settings: settings(),
    now: NOW,
    ...parts,
  }
}

/** The decision about a pod of namespace shop; every fact is at hand. */
export function decideNow(parts: AskedQuestion): Decision {
  return settled(decide(aQuestion(parts)))
}

export function settled(answer: Answer): Decision {
  if (needsFacts(answer)) throw new Error(`needs ${answer.needs.map(({ kind }) => kind).join(', ')}`)
  return answer
}

/** A policy that compiles, as a person would write it. */
export function aPolicy(spec: PolicySpec, name = 'strict', metadata: object = {}): Policy {
  const { value, problems } = compilePolicy({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedPolicy',
    metadata: { name, ...metadata },
    spec,
  })
  if (value === undefined || problems.length > 0) throw new Error(JSON.stringify(problems))
  return value
}

export function policySet(...policies: readonly Policy[]): PolicySet {
  return { ...NO_POLICIES, policies: policies.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
}
