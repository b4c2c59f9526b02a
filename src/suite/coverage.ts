import { RULE_IDS } from '../core/rules.ts'
import type { Manifest } from '../state/manifest.ts'
import type { CoverageResult, PolicyCoverage, RuleCoverage } from './coverage-result.ts'
import { OUT_OF_REACH } from './out-of-reach.ts'
import { policyParts, type PolicyPart } from './policy-parts.ts'
import type { Outcome } from './run-test.ts'
import type { SuiteTest } from './suite.ts'

/** Counts what tests look at. */
export interface Coverage {
  readonly count: (test: SuiteTest, outcome: Outcome) => void
  readonly result: () => CoverageResult
}

interface CountedPolicy {
  readonly manifest: Manifest
  readonly parts: readonly (PolicyPart & { found: number })[]
  tests: number
  governed: number
  quiet: number
}

export function makeCoverage(): Coverage {
  const expected = new Map<string, number>()
  const found = new Map<string, number>()
  const policies = new Map<string, CountedPolicy>()
  return {
    count({ expect }, { reviewed: { item }, governing, seen }) {
      raise(
        expected,
        (expect.findings ?? []).flatMap(({ rule }) => rule ?? []),
      )
      raise(
        found,
        item.findings.map(({ rule }) => rule),
      )
      for (const manifest of seen.policies) {
        const counted = countedPolicy(policies, manifest)
        counted.tests += 1
        if (!governing.includes(manifest.name)) continue
        counted.governed += 1
        const own = item.findings.filter(({ policy }) => policy === manifest.name)
        const fired = counted.parts.filter(({ rules, builtIn }) =>
          (builtIn ? item.findings : own).some(({ rule }) => rules.includes(rule)),
        )
        if (own.length + fired.length === 0) counted.quiet += 1
        for (const part of fired) part.found += 1
      }
    },
    result: () => coverageOf(ruleRows(expected, found), [...policies.values()].map(policyRow)),
  }
}

/** Policies of one name may differ from suite to suite: what tells them apart is where they stand. */
function countedPolicy(policies: Map<string, CountedPolicy>, manifest: Manifest): CountedPolicy {
  const { file, line } = manifest.source
  const key = `${file}:${line} ${manifest.name}`
  let counted = policies.get(key)
  if (counted === undefined) {
    const parts = policyParts(manifest.object).map((part) => ({ ...part, found: 0 }))
    counted = { manifest, parts, tests: 0, governed: 0, quiet: 0 }
    policies.set(key, counted)
  }
  return counted
}

/** A test counts once for each rule. */
function raise(counts: Map<string, number>, rules: readonly string[]): void {
  for (const rule of new Set(rules)) counts.set(rule, (counts.get(rule) ?? 0) + 1)
}

function ruleRows(expected: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): RuleCoverage[] {
  return RULE_IDS.filter((rule) => !OUT_OF_REACH.has(rule)).map((rule) => ({
    rule,
    expected: expected.get(rule) ?? 0,
    found: found.get(rule) ?? 0,
  }))
}

function policyRow({ manifest, parts, tests, governed, quiet }: CountedPolicy): PolicyCoverage {
  return {
    policy: manifest.name,
    source: manifest.source,
    tests,
    governed,
    quiet,
    parts: parts.map(({ part, found }) => ({ part, found })),
  }
}

/** Rows of rules and policies, and how many per cent of them are covered. */
export function coverageOf(
  rules: readonly RuleCoverage[],
  policies: readonly PolicyCoverage[],
): CoverageResult {
  const ofRules = rules.map(({ expected }) => expected > 0)
  const ofPolicies = policies.flatMap(({ governed, parts }) => [
    governed > 0,
    ...parts.map(({ found }) => found > 0),
  ])
  return {
    percent: percentOf([...ofRules, ...ofPolicies]),
    rules: { percent: percentOf(ofRules), items: rules },
    policies: { percent: percentOf(ofPolicies), items: policies },
  }
}

/** Rounded down, so that 100 means all; of nothing everything is covered. */
function percentOf(covered: readonly boolean[]): number {
  if (covered.length === 0) return 100
  return Math.floor((1000 * covered.filter(Boolean).length) / covered.length) / 10
}

/** The rules that a run has not looked at, in one line. */
export function uncoveredRules({ rules }: CoverageResult): string[] {
  const silent = rules.items.filter(({ expected }) => expected === 0).map(({ rule }) => rule)
  return silent.length === 0 ? [] : [`no test expects these rules: ${silent.join(', ')}`]
}

/** The policies that a run has not looked at, and parts of policies, in a line each. */
export function uncoveredPolicies({ policies }: CoverageResult): string[] {
  return policies.items.flatMap(({ policy, source, governed, parts }) => {
    const name = `policy ${policy} (${source.file}:${source.line})`
    if (governed === 0) return [`${name}: governs no tested object`]
    const silent = parts.filter(({ found }) => found === 0).map(({ part }) => part)
    return silent.length === 0 ? [] : [`${name}: ${silent.join(', ')} never made a finding`]
  })
}
