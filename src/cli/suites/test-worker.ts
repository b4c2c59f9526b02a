import { parentPort, workerData } from 'node:worker_threads'
import type { FoundSuite } from './find-suites.ts'
import { makeSuiteTester, type TestedSuite, type TestJob, type Touched } from './suite-tester.ts'

/** What a thread tells. It asks for the next suite by telling what came out of the one before. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly tests: number }
  | { readonly kind: 'tested'; readonly tested: TestedSuite }
  | ({ readonly kind: 'end' } & Touched)

/** A suite to test, or nothing more. */
export type ToWorker = FoundSuite | 'end'

const port = parentPort
if (port === null) throw new Error('this file is started by test-threads.ts')
const tell = (message: FromWorker): void => port.postMessage(message)

const tester = makeSuiteTester(workerData as TestJob, countTest())
port.on('message', (next: ToWorker) => void answer(next))
tell({ kind: 'ready' })

async function answer(next: ToWorker): Promise<void> {
  if (next !== 'end') return tell({ kind: 'tested', tested: await tester.test(next) })
  tell({ kind: 'end', ...tester.end() })
  port?.close()
}

/** A message for each test would cost more than the test. */
function countTest(): () => void {
  let tests = 0
  let toldAt = 0
  return () => {
    tests += 1
    if (performance.now() - toldAt < PROGRESS_MS) return
    tell({ kind: 'done', tests })
    tests = 0
    toldAt = performance.now()
  }
}

const PROGRESS_MS = 100
