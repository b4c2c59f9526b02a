import type { Path, Source } from '../state/manifest.ts'
import type { Expectation, Request, State, TestState } from './schema.ts'

/** Where something of a suite stands: for messages, and for the paths in it. */
export interface Place {
  /** the suite, as the user would name it */
  readonly file: string
  /** of a path below this place */
  readonly sourceOf: (path: Path) => Source
}

/**
 * What is wrong with a suite itself, in words with a full stop. One that `fails` can be read and tests nothing; any
 * other makes the suite, or one test of it, unusable.
 */
export interface SuiteProblem {
  readonly source: Source
  readonly message: string
  readonly fails: boolean
}

/** One test of a suite, with one combination of its matrix filled in. */
export interface SuiteTest {
  readonly name: string
  /** of the suite, under that of the test */
  readonly state: State | undefined
  readonly testState: TestState | undefined
  readonly request: Request
  readonly expect: Expectation
  /** where it stands in its list of expectations, from the test */
  readonly expectPath: Path
  readonly place: Place
  /** the top of the suite */
  readonly suitePlace: Place
}

/** A test that cannot be run as it is written. */
export interface BrokenTest {
  readonly name: string
  readonly place: Place
  readonly problems: readonly [SuiteProblem, ...SuiteProblem[]]
}

/** A suite as it was read. One that is broken as a whole has problems of its own and no tests. */
export interface Suite {
  readonly name: string
  readonly file: string
  readonly tests: readonly (SuiteTest | BrokenTest)[]
  readonly problems: readonly SuiteProblem[]
}

export function isBroken(test: SuiteTest | BrokenTest): test is BrokenTest {
  return 'problems' in test
}
