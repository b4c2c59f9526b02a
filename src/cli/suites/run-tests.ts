import { performance } from 'node:perf_hooks'
import type { Settings } from '../../core/settings.ts'
import { answerTests } from '../../suite/answer-tests.ts'
import { missedThresholds, readThreshold, type CoverageThreshold } from '../../suite/coverage-threshold.ts'
import { mergeCoverage } from '../../suite/merge-coverage.ts'
import { exitCodeOfTests, type Tested } from '../../suite/test-result.ts'
import { visibleRun } from '../../suite/visible-run.ts'
import { chooseThreads } from './choose-threads.ts'
import { findSuites, type FoundSuite } from './find-suites.ts'
import { CommandError, type Io } from '../io.ts'
import { readReports, writeAnswer, type WantedReport } from '../output/output.ts'
import { writeSnapshots } from './suite-files.ts'
import { makeSuiteTester, type SuiteTester, type TestedSuite, type Touched } from './suite-tester.ts'
import type { TestOptions } from '../test.ts'
import { testInThreads, type TestedAll } from './test-threads.ts'
import { watchTests } from './watch-tests.ts'
import { settingsOf } from '../world/world-options.ts'

/** What was asked for, checked before anything is read. */
interface Wanted {
  readonly paths: readonly string[]
  readonly options: TestOptions
  readonly settings: Settings
  readonly reports: readonly WantedReport[]
  readonly pattern: RegExp | undefined
  /** in how many threads; as many as help where nobody says */
  readonly parallel: number | undefined
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
  return {
    paths: paths.length === 0 ? ['.'] : paths,
    options,
    settings: settingsOf({ ...options, state: [] }),
    reports: readReports(options),
    pattern: run === undefined ? undefined : patternOf(run),
    parallel: parallel === undefined ? undefined : countOf(parallel),
    thresholds: coverageThreshold.map((text) => {
      const threshold = readThreshold(text)
      if (threshold !== undefined) return threshold
      throw new CommandError(
        `--coverage-threshold: wanted a percentage, such as 80, rules=50 or policies=100, got ${JSON.stringify(text)}.`,
      )
    }),
  }
}

function countOf(parallel: string): number {
  const count = Number(parallel)
  if (Number.isInteger(count) && count >= 1 && count <= MOST_THREADS) return count
  throw new CommandError(
    `--parallel: wanted a whole number from 1 to ${MOST_THREADS}, got ${JSON.stringify(parallel)}.`,
  )
}

const MOST_THREADS = 64

function patternOf(run: string): RegExp {
  try {
    // a title that was copied from a failure has parentheses, which are a group to an expression
    return new RegExp(`${run.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}|(?:${new RegExp(run).source})`)
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
  const found = await findSuites(paths, io.cwd)
  const { tested, touched, written } = await runAll(found, wanted, io)

  await writeSnapshots(written, io.cwd)
  for (const { file, isNew } of written) io.err(`${isNew ? 'written' : 'updated'}: ${file}\n`)
  for (const note of tested.notes) io.err(`note: ${note}\n`)
  if (options.output !== 'text') tellUnusable(tested, io)
  const { coverage } = tested
  const missed = coverage === undefined ? [] : missedThresholds(coverage, thresholds)
  const shown = options.coverage === true ? tested : { ...tested, coverage: undefined }
  const exitCode = exitCodeOfTests(tested, {
    allowEmpty: options.allowEmpty === true,
    uncovered: missed.length > 0,
  })
  await writeAnswer(
    answerTests(shown, { verbose: options.verbose === true, missed, exitCode }),
    { output: options.output, reports },
    io,
  )
  for (const { sentence, lacks } of missed) {
    io.err(`${sentence}. What is missing:\n${lacks.map((line) => `  ${line}\n`).join('')}`)
  }
  if (exitCode === NOTHING) io.err(`${whyNothing(found, wanted)}\n`)
  return { exitCode, touched: [...touched, ...found.map(({ absolute }) => absolute)] }
}

/** What a person must mend is told to him, whatever the program that reads the answer makes of it. */
function tellUnusable({ suites }: Tested, io: Io): void {
  const problems = suites
    .map(visibleRun)
    .flatMap((suite) => [...suite.problems, ...suite.tests.flatMap((test) => test.problems)])
  const lines = problems.flatMap(({ source, message, fails }) =>
    fails ? [] : `${source.file}:${source.line}: ${message}\n`,
  )
  for (const line of new Set(lines)) io.err(line)
}

const NOTHING = 4

function whyNothing(found: readonly FoundSuite[], { paths, options }: Wanted): string {
  if (found.length === 0) {
    return `nothing was tested: there is no file *.dapr-shared-test.yaml in ${paths.map(folderNamed).join(', ')}. --allow-empty makes that fine.`
  }
  return options.run === undefined
    ? 'nothing was tested. --allow-empty makes that fine.'
    : `nothing was tested: no "<suite> > <test>" fits --run ${JSON.stringify(options.run)}.`
}

/** A full stop would make `.` the folder above. */
function folderNamed(path: string): string {
  return path === '.' ? 'this folder, or below it' : path
}

/** Tests all suites, in this thread or in several, and puts together what came out. */
async function runAll(
  found: readonly FoundSuite[],
  { options, settings, pattern, parallel, thresholds }: Wanted,
  io: Io,
): Promise<{ readonly tested: Tested } & Touched> {
  const begun = performance.now()
  const { clusterDomain, update = false, failFast = false, coverage = false } = options
  const covers = coverage || thresholds.length > 0
  const stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const now = Date.now()
  const job = { cwd: io.cwd, settings, clusterDomain, pattern, update, failFast, covers, now, stopped }
  // suites may share a snapshot, and the first test that does not pass is the first of one thread
  const threads = update ? 1 : (parallel ?? (failFast ? 1 : await chooseThreads(found)))
  const progress = showProgress(io)
  const { tested, touched, written } =
    Math.min(threads, found.length) > 1
      ? await testInThreads(found, { job, threads, onTests: progress.add })
      : await testHere(
          found,
          makeSuiteTester(job, () => progress.add(1)),
        )
  progress.end()
  return {
    tested: {
      suites: tested.map(({ run }) => run),
      milliseconds: performance.now() - begun,
      notes: tested.flatMap(({ notes }) => notes),
      coverage: covers ? mergeCoverage(tested.flatMap((one) => one.coverage ?? [])) : undefined,
    },
    touched,
    written,
  }
}

async function testHere(found: readonly FoundSuite[], tester: SuiteTester): Promise<TestedAll> {
  const tested: TestedSuite[] = []
  for (const suite of found) tested.push(await tester.test(suite))
  return { tested, ...tester.end() }
}

const PROGRESS_MS = 100

function showProgress({ progress }: Io): { add: (tests: number) => void; end: () => void } {
  if (progress === undefined) return { add: () => undefined, end: () => undefined }
  let done = 0
  let shownAt = performance.now()
  return {
    add(tests) {
      done += tests
      if (performance.now() - shownAt < PROGRESS_MS) return
      shownAt = performance.now()
      progress(`${done} tests`)
    },
    end: () => progress(''),
  }
}
