import type { PatchOperation } from '../core/json-patch.ts'
import type { Action, Finding } from '../core/rules.ts'
import type { Source } from '../state/manifest.ts'

/** A finding, and where in the input what it complains about stands. */
export interface ReviewFinding extends Finding {
  readonly source: Source
  /** the exception that excuses it, empty where none does */
  readonly exception: string
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
  readonly summary: ReviewSummary
}

export function makeResult(items: readonly ReviewItem[]): ReviewResult {
  const count = (is: (item: ReviewItem) => boolean): number => items.filter(is).length
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'ReviewResult',
    items,
    summary: {
      allowed: count(({ allowed, matched }) => allowed && matched),
      denied: count(({ allowed }) => !allowed),
      warned: count(({ warnings }) => warnings.length > 0),
      skipped: count(({ allowed, matched }) => allowed && !matched),
    },
  }
}

export const EXIT = { fine: 0, denied: 1, unusable: 2, incomplete: 3, nothing: 4 } as const

const STRENGTH: Readonly<Record<Action, number>> = { Deny: 3, Warn: 2, Audit: 1 }

/** 1 where a finding is at least as strong as `failOn`, 4 where nothing asked, else 0. */
export function exitCodeOf(
  { items }: ReviewResult,
  { failOn, allowEmpty }: { failOn: Action; allowEmpty: boolean },
): number {
  const fails = items.some(({ findings }) =>
    findings.some(({ action }) => STRENGTH[action] >= STRENGTH[failOn]),
  )
  if (fails) return EXIT.denied
  return allowEmpty || items.some(({ matched }) => matched) ? EXIT.fine : EXIT.nothing
}
