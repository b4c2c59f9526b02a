import { expect, test } from 'vitest'
import { makeBreathing } from '../../src/policy/breathe.ts'

test('others have a turn after two milliseconds, and then not before as many more', async () => {
  const time = { now: 0, slept: 0 }
  const breathe = makeBreathing(
    { clock: () => time.now, sleep: async () => void (time.slept += 1) },
    new AbortController().signal,
  )
  for (time.now = 0; time.now < 20; time.now++) await breathe()
  expect(time.slept).toBe(9)
})

test('work that is no longer wanted ends there', async () => {
  const stop = new AbortController()
  let now = 0
  const breathe = makeBreathing(
    { clock: () => now, sleep: async (_, signal) => signal.throwIfAborted() },
    stop.signal,
  )
  stop.abort(new Error('stopped'))
  now = 2
  await expect(breathe()).rejects.toThrow('stopped')
})
