import { coverageOf } from './coverage.ts'
import type { CoverageResult, PolicyCoverage, RuleCoverage } from './coverage-result.ts'

/** What several suites have looked at, together. */
export function mergeCoverage(results: readonly CoverageResult[]): CoverageResult {
  const rules = new Map<string, RuleCoverage>()
  const policies = new Map<string, PolicyCoverage>()
  for (const result of results) {
    for (const row of result.rules.items) put(rules, row.rule, row, addRules)
    for (const row of result.policies.items) put(policies, placeOf(row), row, addPolicies)
  }
  return coverageOf([...rules.values()], [...policies.values()])
}

/** Policies of one name may differ from suite to suite: what tells them apart is where they stand. */
function placeOf({ policy, source: { file, line } }: PolicyCoverage): string {
  return `${file}:${line} ${policy}`
}

function put<T>(rows: Map<string, T>, key: string, row: T, add: (a: T, b: T) => T): void {
  const known = rows.get(key)
  rows.set(key, known === undefined ? row : add(known, row))
}

function addRules(a: RuleCoverage, b: RuleCoverage): RuleCoverage {
  return { rule: a.rule, expected: a.expected + b.expected, found: a.found + b.found }
}

function addPolicies(a: PolicyCoverage, b: PolicyCoverage): PolicyCoverage {
  return {
    ...a,
    tests: a.tests + b.tests,
    governed: a.governed + b.governed,
    quiet: a.quiet + b.quiet,
    parts: a.parts.map(({ part, found }, index) => ({ part, found: found + (b.parts[index]?.found ?? 0) })),
  }
}
