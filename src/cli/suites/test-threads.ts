import { Worker } from 'node:worker_threads'
import type { FoundSuite } from './find-suites.ts'
import { CommandError } from '../io.ts'
import type { TestedSuite, TestJob, Touched } from './suite-tester.ts'
import type { FromWorker, ToWorker } from './test-worker.ts'

/** What came out of all suites, in their order. */
export interface TestedAll extends Touched {
  readonly tested: readonly TestedSuite[]
}

export interface ThreadsOptions {
  readonly job: TestJob
  readonly threads: number
  /** so many tests more are done */
  readonly onTests: (tests: number) => void
}

/**
 * Tests suites in threads, each of which takes the next suite when it is done with one.
 *
 * @throws CommandError where a thread fails, with the suite that it was at
 */
export async function testInThreads(
  suites: readonly FoundSuite[],
  { job, threads, onTests }: ThreadsOptions,
): Promise<TestedAll> {
  const tested: TestedSuite[] = []
  const queue = suites.entries()
  const workers = Array.from({ length: Math.min(threads, suites.length) }, () => startWorker(job))
  try {
    const ends = await Promise.all(
      workers.map((worker) =>
        useWorker(worker, { next: () => queue.next().value, put: (at, one) => (tested[at] = one), onTests }),
      ),
    )
    return {
      tested,
      touched: [...new Set(ends.flatMap(({ touched }) => touched))],
      written: ends.flatMap(({ written }) => written),
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

interface Work {
  readonly next: () => readonly [index: number, suite: FoundSuite] | undefined
  readonly put: (index: number, tested: TestedSuite) => void
  readonly onTests: ThreadsOptions['onTests']
}

/** Gives a thread one suite after the other, until there is none. */
function useWorker(worker: Worker, { next, put, onTests }: Work): Promise<Touched> {
  const { promise, resolve, reject } = Promise.withResolvers<Touched>()
  let current: ReturnType<Work['next']>
  const give = (): void => {
    current = next()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    worker.postMessage((current?.[1] ?? 'end') satisfies ToWorker)
  }
  const fail = (why: string): void => {
    const where = current === undefined ? '' : `${current[1].shown}: `
    reject(
      new CommandError(`${where}a thread that runs suites failed: ${why}\n--parallel 1 runs them without.`),
    )
  }
  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'ready':
        return give()
      case 'done':
        return onTests(message.tests)
      case 'tested':
        if (current !== undefined) put(current[0], message.tested)
        return give()
      case 'end':
        return resolve(message)
    }
  })
  worker.on('error', (error) => fail(error instanceof Error ? (error.stack ?? error.message) : String(error)))
  // one that has ended well has resolved before
  worker.on('exit', (code) => fail(`it ended with ${code}.`))
  return promise
}

const OWN = import.meta.url
const STRIPPER = new URL('../../../bin/strip-types.js', OWN).href

/** The source is run as it is, but below node_modules, where Node strips no types by itself; the bundle has its own entry. */
function startWorker(workerData: TestJob): Worker {
  const isSource = OWN.endsWith('.ts')
  const execArgv = isSource && OWN.includes('/node_modules/') ? ['--import', STRIPPER] : []
  return new Worker(new URL(isSource ? './test-worker.ts' : './test-worker.mjs', OWN), {
    workerData,
    execArgv,
  })
}
