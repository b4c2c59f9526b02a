import { compareActions, strongest, type Action, type RuleId } from '../core/rules.ts'
import type { ReviewedObject, ReviewFinding, ReviewItem } from '../review/result.ts'
import type { Reviewed } from '../review/review-manifest.ts'
import type { Source } from '../state/manifest.ts'
import { findingChanges, type FindingChanges } from './finding-changes.ts'

/**
 * What a proposal does to one object:
 * - `newlyRefused`, `newlyAllowed`
 * - `refusedOtherwise`: refused on both sides, for other reasons
 * - `patchChanged`: admitted on both sides, with other changes to the pod
 * - `warningsChanged`: the same pod comes of it, and its user reads other warnings
 * - `recordedChanged`: only what is recorded is another
 * - `unknown`: what a policy asks for cannot be had, so nobody can tell
 * - `notAsked`: it asks for no instance, so no policy speaks of it
 */
export type Change = (typeof CHANGES)[number] | 'unchanged' | 'notAsked'

/** In the order in which they matter. */
export const CHANGES = [
  'newlyRefused',
  'newlyAllowed',
  'refusedOtherwise',
  'patchChanged',
  'warningsChanged',
  'recordedChanged',
  'unknown',
] as const

export type ToldChange = (typeof CHANGES)[number]

/** An object under today's and the proposed policies. */
export interface Comparison {
  readonly source: Source
  readonly object: ReviewedObject
  readonly change: Change
  /** something that stood against the pod stands against it no more, or with less weight */
  readonly weaker: boolean
  readonly findings: FindingChanges
  /** what is unknown on either side and may hide a change, each a sentence without its end */
  readonly unknown: readonly UnknownPart[]
  /** none where no decision was made */
  readonly today: ComparedSide | undefined
  readonly proposed: ComparedSide | undefined
}

/** What is told of the decision of one side: the whole of it, for thousands of objects, would fill the memory. */
export interface ComparedSide extends Pick<ReviewItem, 'allowed' | 'warnings' | 'patch'> {
  /** the admitted pod, where it is another than on the other side */
  readonly after: Reviewed['after']
}

export interface UnknownPart {
  /** which policy and rule, or whether the object is admitted at all */
  readonly what: string
  readonly action: Action
  readonly why: string
}

type Unknown = Reviewed['unknown'][number]

/** @param isSamePolicy whether a policy is the very same on both sides, so that what it does not know changes nothing */
export function compare(
  today: Reviewed,
  proposed: Reviewed,
  isSamePolicy: (name: string) => boolean,
): Comparison {
  const { source, object } = proposed.item
  const findings = findingChanges(today.item.findings, proposed.item.findings)
  const hidden = unknownOf(today, proposed, isSamePolicy)
  const change = changeOf(today, proposed, findings, hidden)
  return {
    source,
    object,
    change,
    weaker:
      change !== 'notAsked' && change !== 'unknown' && isWeaker(today.item.findings, proposed.item.findings),
    findings,
    unknown: hidden.all,
    today: keepSide(today, change),
    proposed: keepSide(proposed, change),
  }
}

/** What is to be told of a side. */
export function keepSide(reviewed: Reviewed, change: Change): ComparedSide {
  const { allowed, warnings, patch } = reviewed.item
  const told = { allowed, warnings, patch }
  if (change !== 'patchChanged') return { ...told, after: undefined }
  return {
    ...told,
    get after() {
      return reviewed.after
    },
  }
}

interface HiddenParts {
  readonly all: readonly UnknownPart[]
  /** an unknown that may refuse the pod that this side admits */
  readonly today: boolean
  readonly proposed: boolean
}

function changeOf(
  today: Reviewed,
  proposed: Reviewed,
  findings: FindingChanges,
  hidden: HiddenParts,
): Change {
  const [before, after] = [today.item, proposed.item]
  if (!before.matched && !after.matched) return 'notAsked'
  if (!after.allowed) {
    if (before.allowed) return 'newlyRefused'
    return isEmpty(findings) ? 'unchanged' : 'refusedOtherwise'
  }
  if (hidden.proposed || hidden.today) return 'unknown'
  if (!before.allowed) return 'newlyAllowed'
  if (JSON.stringify(before.patch) !== JSON.stringify(after.patch)) return 'patchChanged'
  if (JSON.stringify(before.warnings) !== JSON.stringify(after.warnings)) return 'warningsChanged'
  return isEmpty(findings) ? 'unchanged' : 'recordedChanged'
}

function isEmpty({ added, removed, changed }: FindingChanges): boolean {
  return added.length + removed.length + changed.length === 0
}

/** The same thing unknown of the same policy on both sides changes nothing between them. */
function unknownOf(
  today: Reviewed,
  proposed: Reviewed,
  isSamePolicy: (name: string) => boolean,
): HiddenParts {
  const key = (one: Unknown): string => JSON.stringify([one.policy, one.rule, one.action, one.why])
  const beside = (one: Reviewed): ((part: Unknown) => boolean) => {
    const there = new Set(one.unknown.map(key))
    return (part) => !(isSamePolicy(part.policy) && there.has(key(part)))
  }
  // what is refused is refused, whatever else is unknown of it
  const ofToday = today.item.allowed ? today.unknown.filter(beside(proposed)) : []
  const ofProposed = proposed.item.allowed ? proposed.unknown.filter(beside(today)) : []
  const refuses = ({ action }: Unknown): boolean => action === 'Deny'
  const all = new Map([...ofToday, ...ofProposed].map((one) => [key(one), tellUnknown(one)]))
  return {
    all: [...all.values()],
    today: ofToday.some(refuses),
    proposed: ofProposed.some(refuses),
  }
}

function tellUnknown({ policy, rule, action, why }: Unknown): UnknownPart {
  const what = rule === undefined ? `whether policy ${policy} governs` : `${rule} of policy ${policy} for`
  return { what, action, why }
}

/**
 * Whether a rule says less than it did. Where another refusal ended the evaluation, the silence of the rules after it
 * means nothing; and that an exception ends soon is said of the exception, not of the pod.
 */
function isWeaker(today: readonly ReviewFinding[], proposed: readonly ReviewFinding[]): boolean {
  const [before, after] = [actionsOf(today), actionsOf(proposed)]
  const mayBeCutShort = [...after].some(([rule, action]) => action === 'Deny' && before.get(rule) !== 'Deny')
  return [...before].some(([rule, action]) => {
    if (rule === 'exception.expiring') return false
    const now = after.get(rule)
    return now === undefined ? !mayBeCutShort : compareActions(now, action) < 0
  })
}

function actionsOf(findings: readonly ReviewFinding[]): Map<RuleId, Action> {
  const most = new Map<RuleId, Action>()
  for (const { rule, action } of findings) most.set(rule, strongest([action, most.get(rule) ?? action]))
  return most
}
