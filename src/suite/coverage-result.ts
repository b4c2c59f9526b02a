import type { RuleId } from '../core/rules.ts'
import type { Source } from '../state/manifest.ts'

/** What the tests of a run have looked at, of the catalogue of rules and of the policies in their states. */
export interface CoverageResult {
  /** of everything that counts: rules, policies and their parts */
  readonly percent: number
  readonly rules: { readonly percent: number; readonly items: readonly RuleCoverage[] }
  readonly policies: { readonly percent: number; readonly items: readonly PolicyCoverage[] }
}

export interface RuleCoverage {
  readonly rule: RuleId
  /** tests that expect it; a rule that none expects is not covered */
  readonly expected: number
  /** tests in which it was found */
  readonly found: number
}

export interface PolicyCoverage {
  readonly policy: string
  readonly source: Source
  /** tests whose state has it */
  readonly tests: number
  /** of those the tests whose object it governs; a policy that governs none is not covered */
  readonly governed: number
  /** of those the tests in which it found nothing */
  readonly quiet: number
  readonly parts: readonly PartCoverage[]
}

/** A part of a policy that may make findings. */
export interface PartCoverage {
  /** `rules.strategies`, `overrides[instance.not-ready]` */
  readonly part: string
  /** tests in which it made a finding; a part that made none is not covered */
  readonly found: number
}
