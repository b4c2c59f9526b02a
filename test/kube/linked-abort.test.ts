import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { UnreachableError } from '../../src/kube/call-errors.ts'
import { within } from '../../src/kube/deadline.ts'
import { linkAbort } from '../../src/kube/linked-abort.ts'
import { fakeTime } from './fake-time.ts'

test('fires with its parent, for the same reason', () => {
  const parent = new AbortController()
  using link = linkAbort(parent.signal)
  parent.abort('stop')
  expect(link.signal.reason).toBe('stop')
})

test('has fired when its parent had', () => {
  using link = linkAbort(AbortSignal.abort('stopped'))
  expect(link.signal.reason).toBe('stopped')
})

test('fires by itself without its parent', () => {
  const parent = new AbortController()
  using link = linkAbort(parent.signal)
  link.abort('late')
  expect([link.signal.reason, parent.signal.aborted]).toEqual(['late', false])
})

test('leaves nothing behind', () => {
  const parent = new AbortController()
  const link = linkAbort(parent.signal)
  link[Symbol.dispose]()
  expect(link.signal.aborted).toBe(true)
  expect(getEventListeners(parent.signal, 'abort')).toEqual([])
})

test('within: work in time is answered, and its timer ends', async () => {
  const time = fakeTime()
  const { signal } = new AbortController()
  const limit = { milliseconds: 1000, what: 'work', sleep: time.sleep, signal }
  let given: AbortSignal | undefined
  expect(
    await within(limit, async (inner) => {
      given = inner
      return 7
    }),
  ).toBe(7)
  expect(given?.aborted).toBe(true)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('within: work that is late is told to stop, and is unreachable', async () => {
  const time = fakeTime()
  const limit = { milliseconds: 1000, what: 'work', sleep: time.sleep, signal: new AbortController().signal }
  const work = within(limit, (signal) => time.sleep(5000, signal))
  const outcome = expect(work).rejects.toThrow(new UnreachableError('work took longer than 1 s'))
  await time.advance(1000)
  await outcome
})

test("within: the work's own failure is passed on", async () => {
  const time = fakeTime()
  const limit = { milliseconds: 1000, what: 'work', sleep: time.sleep, signal: new AbortController().signal }
  await expect(within(limit, () => Promise.reject(new Error('own')))).rejects.toThrow('own')
})
