import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { checkAnswer } from './check-answer.ts'
import { bodyOf } from './ordinary-review.ts'
import { readCorpus, type CorpusCase, type Expectation, type Request } from './read-corpus.ts'
import { sayRaw, type Target } from './target.ts'
import { PATIENT } from '../admission/patience.ts'

const GOOD: Request = { method: 'POST', path: '/mutate', headers: {}, chunked: false, review: {} }
const INJECTED: Expectation = { status: 200, allowed: true, injected: ['app'] }
const MEBIBYTE = 1024 * 1024

/** Every case of the corpus against a server that `open` starts for the case's cluster. */
export function corpusCases(
  transport: string,
  open: (cluster: string) => Promise<Target & AsyncDisposable>,
): void {
  const cases = readCorpus()
  const targets = new Map<string, Target & AsyncDisposable>()
  const target = (cluster: string): Target => {
    const found = targets.get(cluster)
    if (found === undefined) throw new Error(`${cluster} is not open`)
    return found
  }
  const clean = Object.getOwnPropertyDescriptors(Object.prototype)
  let memory = 0

  describe(`the corpus ${transport}`, () => {
    vi.setConfig(PATIENT)
    beforeAll(async () => {
      for (const cluster of new Set(['shop', ...cases.map((one) => one.cluster)])) {
        targets.set(cluster, await open(cluster))
      }
      await sendChecked(target('shop'), GOOD, INJECTED)
      memory = memoryInUse()
    })
    afterAll(async () => {
      for (const one of targets.values()) await one[Symbol.asyncDispose]()
    })

    const titled = cases.map((one) => [`row ${one.row}: ${one.name}`, one] as const)
    test.each(titled)('%s', async (_title, { cluster, ...one }) => {
      await runCase(target(cluster), one)
      await sendChecked(target('shop'), GOOD, INJECTED)
      expect(Object.getOwnPropertyDescriptors(Object.prototype)).toEqual(clean)
    })

    test('leaves no memory behind', async () => {
      await expect.poll(memoryInUse, { timeout: 20_000, interval: 200 }).toBeLessThan(memory + 64 * MEBIBYTE)
    })
  })
}

async function runCase(
  target: Target,
  { request, expect: expected }: Omit<CorpusCase, 'cluster'>,
): Promise<void> {
  if ('raw' in request) {
    if (!('answers' in expected)) throw new Error('a raw request expects answers')
    const received = await sayRaw(target, request, {
      answers: expected.answers.length,
      closed: expected.closed,
    })
    expect(received).toHaveLength(expected.answers.length)
    const reviews = request.raw.filter((part) => typeof part === 'object' && 'post' in part)
    expected.answers.forEach((wanted, index) => {
      const part = reviews[index]
      const bytes = bodyOf({ review: part?.post })
      const answer = received[index]
      if (answer !== undefined) checkAnswer(answer, wanted, { bytes, stage: 'mutate' })
    })
    return
  }
  if ('answers' in expected) throw new Error('only a raw request has several answers')
  await sendChecked(target, request, expected)
}

/** Sends, checks, and where the pod was patched sends it once more: the second time there is nothing left to change. */
async function sendChecked(target: Target, request: Request, expected: Expectation): Promise<void> {
  const stage = request.path.startsWith('/validate') ? 'validate' : 'mutate'
  const answer = await target.send(request)
  const patched = checkAnswer(answer, expected, { bytes: bodyOf(request), stage })
  if (patched === undefined) return
  for (const path of ['/mutate', '/validate']) {
    const again = await target.send({
      method: 'POST',
      path,
      headers: {},
      chunked: false,
      body: JSON.stringify(patched),
    })
    expect(again.status, again.body).toBe(200)
    expect(JSON.parse(again.body)).toMatchObject({ response: { allowed: true } })
    expect(again.body, `${path} of the patched pod`).not.toContain('"patch"')
  }
}

let collect: (() => void) | undefined

/** Bytes that are still referred to, after everything else was collected. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  collect ??= runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
