import { performance } from 'node:perf_hooks'
import type { Settings } from '../../core/settings.ts'
import { makeCoverage } from '../../suite/coverage.ts'
import type { CoverageResult } from '../../suite/coverage-result.ts'
import { readSuite } from '../../suite/read-suite.ts'
import { runSuite, type SuiteRun } from '../../suite/run-suite.ts'
import { makeSnapshotCache } from '../../suite/snapshot-cache.ts'
import { makeSnapshots, type NewSnapshot } from '../../suite/snapshots.ts'
import type { Suite } from '../../suite/suite.ts'
import { makeTimeNotes } from '../../suite/time-notes.ts'
import type { FoundSuite } from './find-suites.ts'
import { makeSuiteFiles, readText } from './suite-files.ts'

/** How suites are tested. Plain values, as a thread may be told. */
export interface TestJob {
  readonly cwd: string
  readonly settings: Settings
  readonly clusterDomain: string
  /** chooses tests by `<suite> > <test>` */
  readonly pattern: RegExp | undefined
  readonly update: boolean
  readonly failFast: boolean
  readonly covers: boolean
  /** milliseconds since the epoch: what tests see that do not say */
  readonly now: number
  /** set by the first test that does not pass, for all threads, where that stops the others */
  readonly stopped: Int32Array<SharedArrayBuffer>
}

/** What came out of one suite. Plain values, too. */
export interface TestedSuite {
  readonly run: SuiteRun
  readonly notes: readonly string[]
  readonly coverage: CoverageResult | undefined
}

/** What suites needed besides themselves, and what is to be written. */
export interface Touched {
  readonly touched: readonly string[]
  readonly written: readonly NewSnapshot[]
}

/** Tests one suite after the other, in one thread. */
export interface SuiteTester {
  readonly test: (found: FoundSuite) => Promise<TestedSuite>
  readonly end: () => Touched
}

export function makeSuiteTester(job: TestJob, onTest: () => void): SuiteTester {
  const files = makeSuiteFiles(job.cwd)
  const snapshots = makeSnapshots(files, { update: job.update })
  const bench = {
    files,
    settings: job.settings,
    now: job.now,
    seenBy: makeSnapshotCache(files, job.clusterDomain),
    signal: AbortSignal.timeout(COMMAND_MS),
  }
  return {
    async test(found) {
      const coverage = job.covers ? makeCoverage() : undefined
      const times = makeTimeNotes(job.now)
      const run = await runSuite(await readFound(found), {
        bench,
        snapshots,
        select: (title) => job.pattern?.test(title) ?? true,
        failFast: job.failFast,
        stop: {
          isSet: () => Atomics.load(job.stopped, 0) === 1,
          set: () => void Atomics.store(job.stopped, 0, 1),
        },
        clock: () => performance.now(),
        onTest(test, outcome) {
          onTest()
          if (outcome === undefined || !('expect' in test)) return
          times.count(test, outcome)
          coverage?.count(test, outcome)
        },
      })
      return { run, notes: times.notes(), coverage: coverage?.result() }
    },
    end: () => ({ touched: files.touched(), written: snapshots.taken() }),
  }
}

const COMMAND_MS = 10 * 60_000

/** A suite that cannot be opened is one that is broken: the others are run. */
async function readFound({ absolute, shown }: FoundSuite): Promise<Suite> {
  try {
    return readSuite(await readText(absolute, shown), shown)
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'UnreadableInput') throw error
    const source = { file: shown, document: 1, line: 1 }
    return { name: '', file: shown, tests: [], problems: [{ source, message: error.message, fails: false }] }
  }
}
