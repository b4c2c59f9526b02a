import type { Edit } from './edit.ts'
import type { FactQuery, UnknownFact } from './facts.ts'
import { instanceKey, type Instance } from './instance.ts'
import { inCatalogueOrder, RULES, type Finding } from './rules.ts'

/**
 * - `injected`: admitted, and something is changed
 * - `unchanged`: admitted as it came, because it did not ask or has everything already
 * - `admitted`: admitted without injection, although it asked
 * - `denied`
 */
export type Outcome = 'injected' | 'unchanged' | 'admitted' | 'denied'

/** The answer about one pod. */
export interface Decision {
  /** the pod has `dapr.io/shared`, whatever its value, where we serve */
  readonly matched: boolean
  readonly outcome: Outcome
  /** in the order of the catalogue */
  readonly findings: readonly Finding[]
  /** what a person should know although no rule says it; becomes a warning */
  readonly notes: readonly string[]
  readonly edits: readonly Edit[]
  /** `<namespace>/<appId>` of the instance decided on, empty where there is none */
  readonly instance: string
  /** facts that stay unknown, although a policy asked for them */
  readonly unknown: readonly UnknownFact[]
}

/** No decision yet: it needs facts that it was not given. */
export interface NeedsFacts {
  readonly needs: readonly FactQuery[]
}

export type Answer = Decision | NeedsFacts

export function needsFacts(answer: Answer): answer is NeedsFacts {
  return 'needs' in answer
}

/** Nothing to do: the pod did not ask, or is none of those that we serve. */
export function leaveAlone({
  matched = false,
  notes = [],
}: { matched?: boolean; notes?: readonly string[] } = {}): Decision {
  return { matched, outcome: 'unchanged', findings: [], notes, edits: [], instance: '', unknown: [] }
}

/** A pod that does not ask, but may still break a rule. */
export function admitUnasked(findings: readonly Finding[]): Decision {
  return { ...leaveAlone(), outcome: denies(findings) ? 'denied' : 'unchanged', findings }
}

/** The pod asked, and cannot be injected. That an exception ends soon concerns only pods that it saves. */
export function refuse(findings: readonly Finding[]): Decision {
  return {
    matched: true,
    outcome: 'denied',
    findings: findings
      .filter(({ rule, action }) => rule !== 'exception.expiring' || action === 'Deny')
      .toSorted(inCatalogueOrder),
    notes: [],
    edits: [],
    instance: '',
    unknown: [],
  }
}

/** The pod asked, and is admitted without injection, as policy makes less of the rule that stands against it. */
export function admitWithout(findings: readonly Finding[], edits: readonly Edit[]): Decision {
  return {
    matched: true,
    outcome: 'admitted',
    findings: findings.toSorted(inCatalogueOrder),
    notes: [],
    edits,
    instance: '',
    unknown: [],
  }
}

/** The pod asked, and gets what is planned. */
export function inject(
  instance: Instance,
  edits: readonly Edit[],
  findings: readonly Finding[],
  notes: readonly string[],
): Decision {
  return {
    matched: true,
    outcome: edits.length > 0 ? 'injected' : 'unchanged',
    findings: findings.toSorted(inCatalogueOrder),
    notes,
    edits,
    instance: instanceKey(instance),
    unknown: [],
  }
}

export function isAllowed({ outcome }: Decision): boolean {
  return outcome !== 'denied'
}

export function denies(findings: readonly Finding[]): boolean {
  return findings.some(({ action }) => action === 'Deny')
}

/**
 * Whether a refusal, or an admission without injection, rests on what we know of the cluster, which a live look-up may
 * contradict. A pod that is admitted without its variables stays without them.
 */
export function restsOnInventory({ outcome, findings }: Decision): boolean {
  return findings.some(
    ({ rule, action }) =>
      RULES[rule].overInventory && (outcome === 'admitted' || (outcome === 'denied' && action === 'Deny')),
  )
}
