import type { FactReader } from './facts.ts'
import { onlyTightening } from './only-tightening.ts'
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
  if (policies.length === 0) return policies
  const governing: Policy[] = []
  for (const policy of policies) {
    const answer = judgeMatch(policy, subject)
    if (answer === 'governs') governing.push(policy)
    else if (answer === 'unsure') governing.push(onlyTightening(policy, subject.point))
  }
  return governing
}

/** A part of a policy's `match`, as policies spell it. */
export type MatchPart =
  | 'excludeNamespaces'
  | 'appIds'
  | 'serviceAccounts'
  | 'objectSelector'
  | 'namespaceSelector'
  | 'workloadKinds'

/**
 * Whether a policy governs a pod, or else the first part of its `match` that does not hold. All given parts must hold;
 * what costs a look-up is asked last. `unsure`: it may, and insists on the fact that nobody knows.
 */
export function judgeMatch(policy: Policy, subject: Subject): 'governs' | 'unsure' | MatchPart {
  const { pod, namespace, facts } = subject
  const { match } = policy
  if (match.excludedNamespaces.has(namespace)) return 'excludeNamespaces'
  if (match.appIds?.(annotationOf(pod, ANNOTATION.shared) ?? '') === false) return 'appIds'
  if (match.serviceAccounts?.has(serviceAccountOf(pod)) === false) return 'serviceAccounts'
  if (match.object?.(pod.metadata.labels ?? NO_LABELS) === false) return 'objectSelector'
  if (match.namespace !== undefined) {
    const labels = facts.namespaceLabels()
    if (labels !== undefined && !match.namespace(labels)) return 'namespaceSelector'
  }
  return match.workloadKinds === undefined ? 'governs' : judgeKind(policy, match.workloadKinds, subject)
}

/** An owner that stays unknown may be of any kind: a policy that insists on its facts is then obeyed, not used. */
function judgeKind(
  policy: Policy,
  kinds: ReadonlySet<string>,
  { facts, point }: Subject,
): 'governs' | 'unsure' | 'workloadKinds' {
  const owners = facts.owners()
  if (owners === undefined) return 'governs'
  if (owners.known) return kinds.has(owners.value.at(-1)?.kind ?? BARE) ? 'governs' : 'workloadKinds'
  facts.unknown.push({ policy: policy.name, rule: undefined, action: policy.actions[point], why: owners.why })
  return policy.failurePolicy === 'Fail' ? 'unsure' : 'workloadKinds'
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
