import type { ReviewItem } from '../review/result.ts'
import { verdictOf, type Verdict } from '../review/review-manifest.ts'
import type { Source } from '../state/manifest.ts'
import type { Difference } from './difference.ts'
import { judgeTest, type Judgement } from './judge-test.ts'
import type { Bench, Outcome } from './run-test.ts'
import type { Snapshots } from './snapshots.ts'
import { isBroken, type BrokenTest, type Suite, type SuiteProblem, type SuiteTest } from './suite.ts'

/** `error`: it could not be run, or needs a fact that is unknown. */
export type TestOutcome = 'passed' | 'failed' | 'error' | 'skipped'

/** A test that was run, or why not. */
export interface TestRun {
  readonly name: string
  readonly source: Source
  readonly outcome: TestOutcome
  readonly milliseconds: number
  readonly differences: readonly Difference[]
  readonly problems: readonly SuiteProblem[]
  readonly unknown: readonly string[]
  /** what was decided; none where nothing was */
  readonly decided: Decided | undefined
}

/** What is kept of an answer: a run may have ten thousand. */
export interface Decided extends Pick<ReviewItem, 'object' | 'allowed' | 'matched' | 'findings'> {
  readonly verdict: Verdict
}

export interface SuiteRun {
  readonly name: string
  readonly file: string
  readonly tests: readonly TestRun[]
  /** of the suite as a whole */
  readonly problems: readonly SuiteProblem[]
  readonly milliseconds: number
}

/** Tells all who run tests that the others are to be skipped. */
export interface Stop {
  readonly isSet: () => boolean
  readonly set: () => void
}

export interface RunOptions {
  readonly bench: Bench
  readonly snapshots: Snapshots
  /** chooses tests by `<suite> > <test>` */
  readonly select: (title: string) => boolean
  /** after the first that does not pass, the others are skipped */
  readonly failFast: boolean
  readonly stop: Stop
  /** milliseconds, for durations */
  readonly clock: () => number
  readonly onTest: (test: SuiteTest | BrokenTest, outcome: Outcome | undefined) => void
}

/** Runs the tests of a suite, one after the other. */
export async function runSuite(suite: Suite, options: RunOptions): Promise<SuiteRun> {
  const { clock, failFast, stop, select, onTest } = options
  const begun = clock()
  if (suite.problems.length > 0 && failFast) stop.set()
  const tests: TestRun[] = []
  for (const test of suite.tests) {
    const chosen = !stop.isSet() && select(titleOf(suite, test))
    const { run, outcome } = chosen ? await runOne(test, options) : { run: skipped(test), outcome: undefined }
    if (failFast && (run.outcome === 'failed' || run.outcome === 'error')) stop.set()
    tests.push(run)
    onTest(test, outcome)
  }
  const { name, file, problems } = suite
  return { name, file, tests, problems, milliseconds: clock() - begun }
}

export function titleOf({ name: suite }: Pick<Suite, 'name'>, { name }: { readonly name: string }): string {
  return `${suite} > ${name}`
}

async function runOne(
  test: SuiteTest | BrokenTest,
  { bench, snapshots, clock }: RunOptions,
): Promise<{ readonly run: TestRun; readonly outcome: Outcome | undefined }> {
  const begun = clock()
  const judged = isBroken(test) ? brokenJudgement(test) : await judgeTest(test, bench, snapshots)
  const { outcome, differences, problems, unknown } = judged
  const run: TestRun = {
    name: test.name,
    source: test.place.sourceOf([]),
    outcome: outcomeOf(judged),
    milliseconds: clock() - begun,
    differences,
    problems,
    unknown,
    decided: outcome === undefined ? undefined : decidedIn(outcome),
  }
  return { run, outcome }
}

function decidedIn({ reviewed }: Outcome): Decided {
  const { object, allowed, matched, findings } = reviewed.item
  return { object, allowed, matched, findings, verdict: verdictOf(reviewed) }
}

function brokenJudgement({ problems }: BrokenTest): Judgement {
  return { outcome: undefined, differences: [], problems, unknown: [] }
}

function outcomeOf({ differences, problems, unknown }: Judgement): TestOutcome {
  if (problems.some(({ fails }) => !fails)) return 'error'
  if (problems.length + differences.length > 0) return 'failed'
  return unknown.length > 0 ? 'error' : 'passed'
}

function skipped({ name, place }: SuiteTest | BrokenTest): TestRun {
  return {
    name,
    source: place.sourceOf([]),
    outcome: 'skipped',
    milliseconds: 0,
    differences: [],
    problems: [],
    unknown: [],
    decided: undefined,
  }
}
