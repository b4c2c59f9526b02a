import type { PatchOperation } from '../core/json-patch.ts'
import { compareActions, type Action, type Finding, type RuleId } from '../core/rules.ts'
import type { ExitCode } from '../report/report.ts'
import type { Source } from '../state/manifest.ts'

/** A finding, and where in the input what it complains about stands. */
export interface ReviewFinding extends Omit<Finding, 'builtIn' | 'unknown'> {
  readonly source: Source
}

/** The decision about one object of the input. */
export interface ReviewItem {
  readonly source: Source
  /** the object as written */
  readonly object: ReviewedObject
  readonly allowed: boolean
  readonly matched: boolean
  readonly findings: readonly ReviewFinding[]
  readonly warnings: readonly string[]
  /** RFC 6902, for the pod: a workload's is the one its controller would create */
  readonly patch: readonly PatchOperation[]
  /** by container and name: every variable as the admitted pod has it; empty where the pod is refused */
  readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface ReviewedObject {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export interface ReviewSummary {
  readonly allowed: number
  readonly denied: number
  /** items with a warning */
  readonly warned: number
  /** items that did not ask */
  readonly skipped: number
}

export interface ReviewResult {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'ReviewResult'
  readonly items: readonly ReviewItem[]
  /** what could not be judged: of objects that have no item for that, and of some that have one */
  readonly incomplete: readonly Incomplete[]
  readonly summary: ReviewSummary
}

/** One thing that nobody can tell of an object. */
export interface Incomplete {
  readonly source: Source
  /** the object as written */
  readonly object: ReviewedObject
  /** the policy that asks for the fact; empty where nothing at all can be said of the object */
  readonly policy: string
  /** its rule; empty where it is unknown whether the policy governs at all */
  readonly rule: RuleId | ''
  readonly why: string
}

export function makeResult(items: readonly ReviewItem[], incomplete: readonly Incomplete[]): ReviewResult {
  const count = (is: (item: ReviewItem) => boolean): number => items.filter(is).length
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'ReviewResult',
    items,
    incomplete,
    summary: {
      allowed: count(({ allowed, matched }) => allowed && matched),
      denied: count(({ allowed }) => !allowed),
      warned: count(({ warnings }) => warnings.length > 0),
      skipped: count(({ allowed, matched }) => allowed && !matched),
    },
  }
}

export const EXIT = { fine: 0, denied: 1, unusable: 2, incomplete: 3, nothing: 4 } as const satisfies Record<
  string,
  ExitCode
>

/**
 * 1 where a finding is at least as strong as `failOn`, 3 where an unknown fact kept one that would be from being made,
 * 4 where nothing asked, else 0.
 *
 * @param unknown the actions of the rules that were not judged
 */
export function exitCodeOf(
  { items }: Pick<ReviewResult, 'items'>,
  { failOn, allowEmpty, unknown }: { failOn: Action; allowEmpty: boolean; unknown: readonly Action[] },
): ExitCode {
  const reaches = (action: Action): boolean => compareActions(action, failOn) >= 0
  if (items.some(({ findings }) => findings.some(({ action }) => reaches(action)))) return EXIT.denied
  if (unknown.some(reaches)) return EXIT.incomplete
  return allowEmpty || items.some(({ matched }) => matched) ? EXIT.fine : EXIT.nothing
}
