import { uncoveredPolicies, uncoveredRules } from './coverage.ts'
import type { CoverageResult } from './coverage-result.ts'

/** How much must be covered: of all, or of rules or policies alone. */
export interface CoverageThreshold {
  readonly of: 'all' | 'rules' | 'policies'
  readonly percent: number
}

/** Reads `80`, `policies=100`; undefined for anything else. */
export function readThreshold(text: string): CoverageThreshold | undefined {
  const [, of, percent = ''] = /^(?:(rules|policies)=)?(\d{1,3}(?:\.\d+)?)%?$/.exec(text) ?? []
  const number = percent === '' ? NaN : Number(percent)
  if (!(number >= 0 && number <= 100)) return undefined
  return { of: of === 'rules' || of === 'policies' ? of : 'all', percent: number }
}

/** A threshold that was missed: how far, and by what, in a line each. */
export interface MissedThreshold {
  readonly sentence: string
  readonly lacks: readonly string[]
}

export function missedThresholds(
  coverage: CoverageResult,
  thresholds: readonly CoverageThreshold[],
): MissedThreshold[] {
  return thresholds.flatMap(({ of, percent }) => {
    const got = of === 'all' ? coverage.percent : coverage[of].percent
    if (got >= percent) return []
    const what = of === 'all' ? 'coverage' : `coverage of ${of}`
    const lacks = [
      ...(of === 'policies' ? [] : uncoveredRules(coverage)),
      ...(of === 'rules' ? [] : uncoveredPolicies(coverage)),
    ]
    return [{ sentence: `${what} is ${got} %, wanted at least ${percent} %`, lacks }]
  })
}
