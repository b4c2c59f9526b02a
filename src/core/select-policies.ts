import type { FactReader } from './facts.ts'
import { annotationOf, serviceAccountOf, type Pod } from './pod.ts'
import type { Defaults, Point, Policy } from './policy.ts'
import { ANNOTATION } from './vocabulary.ts'

/** What a policy's `match` looks at. */
export interface Subject {
  readonly pod: Pod
  readonly namespace: string
  readonly facts: FactReader
  readonly point: Point
}

const BARE = 'Pod'
const NO_LABELS = {}

/** The policies that govern a pod that asks, by name. Their constraints add up. */
export function selectPolicies(policies: readonly Policy[], subject: Subject): readonly Policy[] {
  return policies.length === 0 ? policies : policies.filter((policy) => governs(policy, subject))
}

/** All given parts must hold; what costs a look-up is asked last. */
function governs(policy: Policy, subject: Subject): boolean {
  const { pod, namespace, facts } = subject
  const { match } = policy
  if (match.excludedNamespaces.has(namespace)) return false
  if (match.appIds?.(annotationOf(pod, ANNOTATION.shared) ?? '') === false) return false
  if (match.serviceAccounts?.has(serviceAccountOf(pod)) === false) return false
  if (match.object?.(pod.metadata.labels ?? NO_LABELS) === false) return false
  if (match.namespace !== undefined) {
    const labels = facts.namespaceLabels()
    if (labels !== undefined && !match.namespace(labels)) return false
  }
  return match.workloadKinds === undefined || isOfKind(policy, match.workloadKinds, subject)
}

/** An owner that stays unknown may be of any kind: a policy that insists on its facts governs the pod. */
function isOfKind(policy: Policy, kinds: ReadonlySet<string>, { facts, point }: Subject): boolean {
  const owners = facts.owners()
  if (owners === undefined) return true
  if (owners.known) return kinds.has(owners.value.at(-1)?.kind ?? BARE)
  if (policy.failurePolicy === 'Fail') return true
  facts.unknown.push({
    policy: policy.name,
    rule: undefined,
    action: policy.actions[point],
    why: owners.why,
  })
  return false
}

/** A policy with its defaults, one of which wins for the whole block. */
export interface WinningDefaults {
  readonly policy: Policy
  readonly defaults: Defaults
}

/**
 * Of several policies with `defaults` one supplies all of them: the highest priority, then the oldest, then the first
 * by name (as Gateway API's GEP-713 has it). Resources from files have no age and count as equally old.
 */
export function winningDefaults(policies: readonly Policy[]): WinningDefaults | undefined {
  let winner: WinningDefaults | undefined
  for (const policy of policies) {
    const { defaults } = policy
    if (defaults !== undefined && (winner === undefined || precedes(policy, winner.policy))) {
      winner = { policy, defaults }
    }
  }
  return winner
}

/** After every RFC 3339 time: what comes from a file is about to be created. */
const NEWEST = '~'

/** Whether the defaults of `a` win over those of `b`. */
export function precedes(a: Policy, b: Policy): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority
  if (a.createdAt !== b.createdAt) return (a.createdAt || NEWEST) < (b.createdAt || NEWEST)
  return a.name < b.name
}
