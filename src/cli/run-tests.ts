import { performance } from 'node:perf_hooks'
import type { Settings } from '../core/settings.ts'
import { answerTests } from '../suite/answer-tests.ts'
import { makeCoverage } from '../suite/coverage.ts'
import { missedThresholds, readThreshold, type CoverageThreshold } from '../suite/coverage-threshold.ts'
import { readSuite } from '../suite/read-suite.ts'
import { runSuites } from '../suite/run-suites.ts'
import { makeSnapshotCache } from '../suite/snapshot-cache.ts'
import { makeSnapshots, type NewSnapshot } from '../suite/snapshots.ts'
import type { Suite } from '../suite/suite.ts'
import { exitCodeOfTests, type Tested } from '../suite/test-result.ts'
import { makeTimeNotes } from '../suite/time-notes.ts'
import { visibleRun } from '../suite/visible-run.ts'
import { findSuites, type FoundSuite } from './find-suites.ts'
import { CommandError, type Io } from './io.ts'
import { readReports, writeAnswer, type WantedReport } from './output.ts'
import { makeSuiteFiles, readText, writeSnapshots, type SuiteFiles } from './suite-files.ts'
import type { TestOptions } from './test.ts'
import { watchTests } from './watch-tests.ts'
import { settingsOf } from './world-options.ts'

/** What was asked for, checked before anything is read. */
interface Wanted {
  readonly paths: readonly string[]
  readonly options: TestOptions
  readonly settings: Settings
  readonly reports: readonly WantedReport[]
  readonly pattern: RegExp | undefined
  readonly parallel: number
  readonly thresholds: readonly CoverageThreshold[]
}

/** Runs suites once, or again and again. */
export async function testCommand(paths: readonly string[], options: TestOptions, io: Io): Promise<number> {
  const wanted = check(paths, options)
  if (options.watch !== true) return (await testOnce(wanted, io)).exitCode
  return watchTests(() => testOnce(wanted, io), { paths: wanted.paths, io })
}

function check(paths: readonly string[], options: TestOptions): Wanted {
  const { run, parallel, coverageThreshold = [] } = options
  const count = Number(parallel)
  if (!Number.isInteger(count) || count < 1) {
    throw new CommandError(`--parallel: wanted a whole number from 1, got ${JSON.stringify(parallel)}.`)
  }
  return {
    paths: paths.length === 0 ? ['.'] : paths,
    options,
    settings: settingsOf({ ...options, state: [] }),
    reports: readReports(options),
    pattern: run === undefined ? undefined : patternOf(run),
    parallel: count,
    thresholds: coverageThreshold.map((text) => {
      const threshold = readThreshold(text)
      if (threshold !== undefined) return threshold
      throw new CommandError(
        `--coverage-threshold: wanted a percentage, such as 80, rules=50 or policies=100, got ${JSON.stringify(text)}.`,
      )
    }),
  }
}

function patternOf(run: string): RegExp {
  try {
    return new RegExp(run)
  } catch (error) {
    throw new CommandError(`--run: ${error instanceof Error ? error.message : 'no regular expression'}.`)
  }
}

/** One run: what it exits with, and the files that it depends on. */
export interface TestedOnce {
  readonly exitCode: number
  readonly touched: readonly string[]
}

async function testOnce(wanted: Wanted, io: Io): Promise<TestedOnce> {
  const { paths, options, reports, thresholds } = wanted
  const files = makeSuiteFiles(io.cwd)
  const found = await findSuites(paths, io.cwd)
  const { tested, written } = await runAll(found, files, wanted, io)

  await writeSnapshots(written, io.cwd)
  for (const { file, isNew } of written) io.err(`${isNew ? 'written' : 'updated'}: ${file}\n`)
  for (const note of tested.notes) io.err(`note: ${note}\n`)
  if (options.output !== 'text') tellUnusable(tested, io)
  const { coverage } = tested
  const missed = coverage === undefined ? [] : missedThresholds(coverage, thresholds)
  const shown = options.coverage === true ? tested : { ...tested, coverage: undefined }
  await writeAnswer(
    answerTests(shown, { verbose: options.verbose === true, missed }),
    { output: options.output, reports },
    io,
  )
  for (const { sentence, lacks } of missed) {
    io.err(`${sentence}. What is missing:\n${lacks.map((line) => `  ${line}\n`).join('')}`)
  }
  const exitCode = exitCodeOfTests(tested, {
    allowEmpty: options.allowEmpty === true,
    uncovered: missed.length > 0,
  })
  if (exitCode === NOTHING) io.err(`${whyNothing(found, wanted)}\n`)
  return { exitCode, touched: [...files.touched(), ...found.map(({ absolute }) => absolute)] }
}

/** What a person must mend is told to him, whatever the program that reads the answer makes of it. */
function tellUnusable({ suites }: Tested, io: Io): void {
  const problems = suites
    .map(visibleRun)
    .flatMap((suite) => [...suite.problems, ...suite.tests.flatMap((test) => test.problems)])
  for (const { source, message, fails } of problems) {
    if (!fails) io.err(`${source.file}:${source.line}: ${message}\n`)
  }
}

const NOTHING = 4

function whyNothing(found: readonly FoundSuite[], { paths, options }: Wanted): string {
  if (found.length === 0) {
    return `nothing was tested: no file *.dapr-shared-test.yaml in ${paths.join(', ')}. --allow-empty makes that fine.`
  }
  return options.run === undefined
    ? 'nothing was tested. --allow-empty makes that fine.'
    : `nothing was tested: no "<suite> > <test>" fits --run ${JSON.stringify(options.run)}.`
}

async function runAll(
  found: readonly FoundSuite[],
  files: SuiteFiles,
  { options, settings, pattern, parallel, thresholds }: Wanted,
  io: Io,
): Promise<{ readonly tested: Tested; readonly written: readonly NewSnapshot[] }> {
  const begun = performance.now()
  const suites = await Promise.all(found.map(readFound))
  const snapshots = makeSnapshots(files, { update: options.update === true })
  const coverage = makeCoverage()
  const times = makeTimeNotes(Date.now())
  const progress = showProgress(suites, io)
  const runs = await runSuites(suites, {
    bench: {
      files,
      settings,
      now: Date.now(),
      seenBy: makeSnapshotCache(files, options.clusterDomain),
      signal: AbortSignal.timeout(COMMAND_MS),
    },
    snapshots,
    select: (title) => pattern?.test(title) ?? true,
    failFast: options.failFast === true,
    parallel,
    clock: () => performance.now(),
    onTest(test, outcome) {
      progress.next()
      if (outcome === undefined || !('expect' in test)) return
      times.count(test, outcome)
      coverage.count(test, outcome)
    },
  })
  progress.end()
  const covers = options.coverage === true || thresholds.length > 0
  return {
    tested: {
      suites: runs,
      milliseconds: performance.now() - begun,
      notes: times.notes(),
      coverage: covers ? coverage.result() : undefined,
    },
    written: snapshots.taken(),
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

const PROGRESS_MS = 100

function showProgress(suites: readonly Suite[], { progress }: Io): { next: () => void; end: () => void } {
  if (progress === undefined) return { next: () => undefined, end: () => undefined }
  const total = suites.reduce((sum, { tests }) => sum + tests.length, 0)
  let done = 0
  let shownAt = performance.now()
  return {
    next() {
      done += 1
      if (performance.now() - shownAt < PROGRESS_MS) return
      shownAt = performance.now()
      progress(`${done} of ${total} tests`)
    },
    end: () => progress(''),
  }
}
