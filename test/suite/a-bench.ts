import { readFile } from 'node:fs/promises'
import { makeSuiteFiles } from '../../src/cli/suites/suite-files.ts'
import { DEFAULT_CLUSTER_DOMAIN } from '../../src/config/cluster-domain.ts'
import { makeSettings } from '../../src/core/settings.ts'
import { SERVICE_NAMESPACE } from '../../src/core/vocabulary.ts'
import type { Manifest } from '../../src/state/manifest.ts'
import { judgeTest, type Judgement } from '../../src/suite/judge-test.ts'
import { readSuite } from '../../src/suite/read-suite.ts'
import { runTest, type Bench, type Outcome } from '../../src/suite/run-test.ts'
import { makeSnapshotCache } from '../../src/suite/snapshot-cache.ts'
import { makeSnapshots } from '../../src/suite/snapshots.ts'
import { stateOf } from '../../src/suite/state-of.ts'
import { isBroken, type Suite, type SuiteTest } from '../../src/suite/suite.ts'

const files = makeSuiteFiles('/')

/** What tests are decided with here: one day throughout, where they do not say another. */
export function aBench(): Bench {
  return {
    files,
    settings: makeSettings([], SERVICE_NAMESPACE),
    now: Date.parse('2026-11-21T12:00:00Z'),
    seenBy: makeSnapshotCache(files, DEFAULT_CLUSTER_DOMAIN),
    signal: AbortSignal.timeout(60_000),
  }
}

/** The tests of a suite, all of which must be usable. */
export function testsOf(suite: Suite): SuiteTest[] {
  const problems = [
    ...suite.problems,
    ...suite.tests.flatMap((test) => (isBroken(test) ? test.problems : [])),
  ]
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'))
  return suite.tests.flatMap((test) => (isBroken(test) ? [] : test))
}

/** @param file absolute */
export async function testsIn(file: string): Promise<SuiteTest[]> {
  return testsOf(readSuite(await readFile(file, 'utf8'), file))
}

/** What comes out of a test, whatever it expects. */
export async function outcomeOf(test: SuiteTest, bench = aBench()): Promise<Outcome> {
  const outcome = await runTest(test, bench)
  if ('message' in outcome) throw new Error(outcome.message)
  return outcome
}

/** Whether a test holds, and why not. */
export function judged(test: SuiteTest, bench = aBench()): Promise<Judgement> {
  return judgeTest(test, bench, makeSnapshots(files, { update: false }))
}

export function stateSeenBy(test: SuiteTest): Promise<Manifest[]> {
  return stateOf(test, files)
}
