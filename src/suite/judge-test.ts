import { differences, unknownPolicies } from './compare.ts'
import type { Difference } from './difference.ts'
import { runTest, type Bench, type Outcome } from './run-test.ts'
import type { Snapshots } from './snapshots.ts'
import type { SuiteProblem, SuiteTest } from './suite.ts'
import { unknownFacts } from './unknown-facts.ts'
import { Unusable } from './unusable.ts'

/** Whether a test holds, and why not. */
export interface Judgement {
  /** none where the test could not be run */
  readonly outcome: Outcome | undefined
  readonly differences: readonly Difference[]
  readonly problems: readonly SuiteProblem[]
  /** facts that the answer needs and that no manifest tells: the test proves nothing then */
  readonly unknown: readonly string[]
}

/** Runs a test, and compares what came out with what it expects. */
export async function judgeTest(test: SuiteTest, bench: Bench, snapshots: Snapshots): Promise<Judgement> {
  const outcome = await runTest(test, bench)
  if ('message' in outcome) return unusable([outcome])
  const unknownNames = unknownPolicies(test, outcome)
  if (unknownNames.length > 0) return unusable(unknownNames.map((one) => ({ ...one, fails: true })))
  try {
    const different = differences(test, outcome, await snapshots.expected(test))
    const rival = different.length > 0 ? undefined : await snapshots.take(test, outcome.reviewed.item.patch)
    return {
      outcome,
      differences: rival === undefined ? different : [twoSnapshots(test, rival)],
      problems: [],
      unknown: unknownFacts(test.expect, outcome.reviewed),
    }
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
    return unusable([error.problem])
  }
}

function unusable(problems: readonly SuiteProblem[]): Judgement {
  return { outcome: undefined, differences: [], problems, unknown: [] }
}

function twoSnapshots({ expectPath, place, expect: { patch } }: SuiteTest, rival: string): Difference {
  return {
    field: 'patch',
    message: `the test "${rival}" has another patch for the same snapshot, ${typeof patch === 'string' ? patch : ''}`,
    lines: [{ sign: ' ', text: 'Give each a snapshot of its own.' }],
    source: place.sourceOf([...expectPath, 'patch']),
  }
}
