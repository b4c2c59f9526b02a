import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Handler } from '../../src/admission/handle.ts'
import { makeLateness } from '../../src/admission/lateness.ts'
import { DEFAULT_LIMITS } from '../../src/admission/limits.ts'
import { makePools } from '../../src/admission/pools.ts'
import { verdict } from '../../src/admission/reply.ts'
import { runServer, testCertificates } from './a-server.ts'
import { PATIENCE, PATIENT } from './patience.ts'
import { post, type RawAnswer } from './raw-socket.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const CALLS = 400
const VERDICT = '{"admitted":true}'

/** A handler that keeps every review for some turns of the loop, as one does that must ask the cluster. */
const slow: Handler = () => new Promise((resolve) => setTimeout(() => resolve(verdict(VERDICT)), 20))

function isGood({ status, body, headers }: RawAnswer): boolean {
  if (status === 200) return body === VERDICT
  return status === 503 && body === '{"error":"Overloaded"}' && headers['retry-after'] === '1'
}

describe('many times more reviews than a server takes on', () => {
  test('each gets a verdict or is handed over, none is lost, and when it is over all are served again', async () => {
    const limits = { inFlight: 10, inFlightBytes: 40_000 }
    const pools = makePools({ ...DEFAULT_LIMITS, ...limits })
    let shed = 0
    let delay = 0
    const { open } = await runServer({
      handle: slow,
      limits,
      guard: { pools, isLate: makeLateness(() => delay) },
      onShed: () => (shed += 1),
    })
    const small = JSON.stringify({ review: 'x'.repeat(100) })
    const large = JSON.stringify({ review: 'x'.repeat(30_000) })

    // nobody waits for the one before: what comes does not depend on what is answered
    const calls = Array.from({ length: CALLS }, async (_, index) => {
      const socket = await open()
      if (index === CALLS / 4) delay = 3000
      if (index === CALLS / 2) delay = 0
      socket.send(...post(index % 10 === 0 ? large : small))
      const [answer] = await socket.answers(1)
      socket.destroy()
      return answer
    })
    const answers = await Promise.all(calls)

    expect(answers.filter((answer) => answer === undefined || !isGood(answer))).toEqual([])
    const verdicts = answers.filter((answer) => answer?.status === 200).length
    expect(verdicts).toBeGreaterThan(0)
    expect(shed).toBeGreaterThan(0)
    expect(verdicts + shed).toBe(CALLS)

    await expect.poll(() => [pools.inFlight.used(), pools.bytes.used()], PATIENCE).toEqual([0, 0])
    for (let round = 0; round < 20; round++) {
      const socket = await open()
      socket.send(...post(large))
      expect(await socket.answers(1)).toMatchObject([{ status: 200, body: VERDICT }])
      socket.destroy()
    }
  })
})

describe('a caller that goes away before its answer', () => {
  /** A handler that waits until its caller is gone. */
  function waiting() {
    const state = { asked: 0, given: 0 }
    const handle: Handler = (_stage, _body, _limitMs, gone) => {
      state.asked += 1
      return new Promise((resolve) =>
        gone?.().addEventListener('abort', () => {
          state.given += 1
          resolve(verdict('{}'))
        }),
      )
    }
    return { handle, state }
  }

  test('is told to the handler, which gives the work up and makes room', async () => {
    const { handle, state } = waiting()
    const limits = { inFlight: 3 }
    const pools = makePools({ ...DEFAULT_LIMITS, ...limits })
    const { open } = await runServer({ handle, limits, guard: { pools } })
    const [one, two] = [await open(), await open()]
    one.send(...post('{}'))
    two.send(...post('{}'))
    await expect.poll(() => state.asked, PATIENCE).toBe(2)
    one.destroy()
    await expect.poll(() => state.given, PATIENCE).toBe(1)
    expect(two.isOpen()).toBe(true)
    two.destroy()
    await expect.poll(() => [state.given, pools.inFlight.used()], PATIENCE).toEqual([2, 0])
  })

  test('one that gets its answer is not gone, though its connection closes later', async () => {
    const aborted = vi.fn()
    const handle: Handler = (_stage, _body, _limitMs, gone) => {
      gone?.().addEventListener('abort', aborted)
      return verdict('{}')
    }
    const { open } = await runServer({ handle })
    const socket = await open()
    socket.send(...post('{}'), ...post('{}'))
    await socket.answers(2)
    socket.destroy()
    const other = await open()
    other.send(...post('{}'))
    await other.answers(1)
    expect(aborted).not.toHaveBeenCalled()
  })

  test('in the middle of a second body on a connection that was used before: nothing is kept of it', async () => {
    const pools = makePools(DEFAULT_LIMITS)
    const { open } = await runServer({ guard: { pools } })
    const socket = await open()
    socket.send(...post('{}'))
    await socket.answers(1)
    socket.send(...post('{"half":', { headers: { 'Content-Length': '5000' } }))
    await expect.poll(() => pools.bytes.used(), PATIENCE).toBe(8)
    socket.destroy()
    await expect.poll(() => [pools.bytes.used(), pools.connections.used()], PATIENCE).toEqual([0, 0])
  })
})
