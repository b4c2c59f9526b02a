import { EXIT, type ReviewFinding, type ReviewedObject } from '../review/result.ts'
import type { ExitCode } from '../report/report.ts'
import type { Source } from '../state/manifest.ts'
import type { CoverageResult } from './coverage-result.ts'
import type { Decided, SuiteRun, TestOutcome, TestRun } from './run-suite.ts'

/** What `dapr-shared test -o json` prints. */
export interface TestResult {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'TestResult'
  /** every test, and every suite that could not be read */
  readonly items: readonly TestItem[]
  readonly summary: TestSummary
  /** sentences that a reader must not miss */
  readonly notes: readonly string[]
  readonly coverage?: CoverageResult
}

export interface TestItem {
  /** the name of the suite, empty where it could not be read */
  readonly suite: string
  /** of the test, empty for a suite that could not be read */
  readonly name: string
  readonly source: Source
  readonly outcome: TestOutcome
  readonly milliseconds: number
  /** why it failed, or could not be run; empty where it passed */
  readonly problems: readonly TestProblem[]
  /** what was decided; none where nothing was */
  readonly decision?: TestDecision
}

export interface TestProblem {
  /** of the expectation: `allowed`, `env.app`; empty where the suite itself is wrong */
  readonly field: string
  readonly message: string
  /** lines that help: `-` wanted, `+` got */
  readonly lines: readonly string[]
  readonly source: Source
}

export interface TestDecision {
  readonly object: ReviewedObject
  readonly allowed: boolean
  readonly matched: boolean
  readonly findings: readonly ReviewFinding[]
}

export interface TestSummary {
  readonly suites: number
  readonly tests: number
  readonly passed: number
  readonly failed: number
  /** could not be run */
  readonly errors: number
  readonly skipped: number
  readonly milliseconds: number
}

/** What a run of suites came to. */
export interface Tested {
  readonly suites: readonly SuiteRun[]
  readonly milliseconds: number
  readonly notes: readonly string[]
  readonly coverage: CoverageResult | undefined
}

export function makeTestResult(tested: Tested): TestResult {
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'TestResult',
    items: tested.suites.flatMap(itemsOf),
    summary: summaryOf(tested),
    notes: tested.notes,
    ...(tested.coverage === undefined ? {} : { coverage: tested.coverage }),
  }
}

export function summaryOf({ suites, milliseconds }: Tested): TestSummary {
  const outcomes = suites.flatMap(outcomesOf)
  const count = (wanted: TestOutcome): number => outcomes.filter((one) => one === wanted).length
  return {
    suites: suites.length,
    tests: suites.reduce((sum, { tests }) => sum + tests.length, 0),
    passed: count('passed'),
    failed: count('failed'),
    errors: count('error'),
    skipped: count('skipped'),
    milliseconds: rounded(milliseconds),
  }
}

/**
 * 2 where a suite or a test cannot be used as it is written, 1 where a test failed or coverage is too low, 3 where a
 * fact is unknown, 4 where nothing was tested, else 0.
 */
export function exitCodeOfTests(
  { suites }: Tested,
  { allowEmpty, uncovered }: { readonly allowEmpty: boolean; readonly uncovered: boolean },
): ExitCode {
  const problems = suites.flatMap((suite) => [
    ...suite.problems,
    ...suite.tests.flatMap((test) => test.problems),
  ])
  const outcomes = suites.flatMap(outcomesOf)
  if (problems.some(({ fails }) => !fails)) return EXIT.unusable
  if (outcomes.includes('failed') || uncovered) return EXIT.denied
  if (outcomes.includes('error')) return EXIT.incomplete
  return allowEmpty || outcomes.includes('passed') ? EXIT.fine : EXIT.nothing
}

/** Of a suite: those of its tests, and its own where it is broken as a whole. */
export function outcomesOf({ tests, problems }: SuiteRun): TestOutcome[] {
  const own =
    problems.length === 0 ? [] : ([problems.every(({ fails }) => fails) ? 'failed' : 'error'] as const)
  return [...own, ...tests.map(({ outcome }) => outcome)]
}

function itemsOf(suite: SuiteRun): TestItem[] {
  const [own] = suite.problems
  const broken: TestItem[] =
    own === undefined
      ? []
      : [
          {
            suite: suite.name,
            name: '',
            source: own.source,
            outcome: outcomesOf({ ...suite, tests: [] })[0] ?? 'error',
            milliseconds: rounded(suite.milliseconds),
            problems: suite.problems.map(({ message, source }) => ({
              field: '',
              message,
              lines: [],
              source,
            })),
          },
        ]
  return [...broken, ...suite.tests.map((test) => itemOf(suite, test))]
}

function itemOf({ name: suite }: SuiteRun, test: TestRun): TestItem {
  const { name, source, outcome, milliseconds, decided } = test
  return {
    suite,
    name,
    source,
    outcome,
    milliseconds: rounded(milliseconds),
    problems: problemsOf(test),
    ...(decided === undefined ? {} : { decision: decisionOf(decided) }),
  }
}

function decisionOf({ object, allowed, matched, findings }: Decided): TestDecision {
  return { object, allowed, matched, findings }
}

/** Everything that keeps a test from passing. */
export function problemsOf({ differences, problems, unknown, source }: TestRun): TestProblem[] {
  return [
    ...problems.map((one) => ({ field: '', message: one.message, lines: [], source: one.source })),
    ...differences.map((one) => ({
      field: one.field,
      message: one.message,
      lines: one.lines.map(({ sign, text }) => `${sign} ${text}`),
      source: one.source,
    })),
    ...(differences.length + problems.length > 0 ? [] : unknown).map((message) => ({
      field: '',
      message: `a fact is unknown that the answer needs, and no manifest tells it: ${message}`,
      lines: [],
      source,
    })),
  ]
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
