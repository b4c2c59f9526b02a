import { visible, visibleLine } from '../report/visible.ts'
import type { Difference } from './difference.ts'
import type { SuiteRun, TestRun } from './run-suite.ts'
import type { SuiteProblem } from './suite.ts'

/** A run as a terminal may show it: what a suite's author called things gives no commands to it. */
export function visibleRun(suite: SuiteRun): SuiteRun {
  return {
    ...suite,
    name: visibleLine(suite.name),
    file: visibleLine(suite.file),
    problems: suite.problems.map(visibleProblem),
    tests: suite.tests.map(visibleTest),
  }
}

function visibleTest(test: TestRun): TestRun {
  return {
    ...test,
    name: visibleLine(test.name),
    problems: test.problems.map(visibleProblem),
    differences: test.differences.map(visibleDifference),
    unknown: test.unknown.map(visibleLine),
  }
}

export function visibleProblem(problem: SuiteProblem): SuiteProblem {
  return { ...problem, message: visible(problem.message) }
}

function visibleDifference(difference: Difference): Difference {
  return {
    ...difference,
    field: visibleLine(difference.field),
    message: visibleLine(difference.message),
    lines: difference.lines.map(({ sign, text }) => ({ sign, text: visibleLine(text) })),
  }
}
