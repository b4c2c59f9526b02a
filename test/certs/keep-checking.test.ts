import { expect, test, vi } from 'vitest'
import { CertificateError } from '../../src/certs/certificate-error.ts'
import { keepChecking } from '../../src/certs/keep-checking.ts'
import { recordedLog } from './recorded-log.ts'
import { manualTimers } from './timers.ts'

function checking(check: () => Promise<void>) {
  const timers = manualTimers()
  const log = recordedLog()
  const checks = keepChecking({ check, everyMs: 5000, setTimer: timers.setTimer, log })
  const round = async () => {
    timers.fire()
    await vi.waitFor(() => expect(timers.waits()).toHaveLength(1))
  }
  return { timers, log, checks, round }
}

test('checks once an interval, one check at a time', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const check = vi.fn(() => promise)
  const { timers } = checking(check)

  expect(timers.waits()).toEqual([5000])
  timers.fire()
  expect(timers.waits()).toEqual([])
  resolve()
  await vi.waitFor(() => expect(timers.waits()).toEqual([5000]))
  expect(check).toHaveBeenCalledTimes(1)
})

test('many calls to check soon bring the one next check forward', () => {
  const { timers, checks } = checking(async () => {})
  for (let times = 0; times < 50; times++) checks.soon()
  expect(timers.waits()).toEqual([100])
})

test('a call while a check runs, which may have missed the news, brings another soon', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { timers, checks } = checking(() => promise)
  timers.fire()
  checks.soon()
  resolve()
  await vi.waitFor(() => expect(timers.waits()).toEqual([100]))
})

test('warns once for each problem, and again after it was well in between', async () => {
  const outcomes = ['A', 'A', 'B', 'A', 'B', 'well', 'A']
  const { log, round } = checking(async () => {
    const outcome = outcomes.shift()
    if (outcome !== 'well') throw new CertificateError('missing', `${outcome} is missing.`)
  })
  for (let times = 0; times < 7; times++) await round()
  expect(log.warnings.map((warning) => warning[0])).toEqual(['A', 'B', 'A'])
  expect(log.warnings[0]).toBe('A is missing. The certificate in service stays.')
})

test('disposal waits for the running check and lets none follow', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { timers, checks } = checking(() => promise)
  timers.fire()
  checks.soon()
  let disposed = false
  const disposal = checks[Symbol.asyncDispose]().then(() => (disposed = true))
  await Promise.resolve()
  expect(disposed).toBe(false)
  resolve()
  await disposal
  checks.soon()
  expect(timers.waits()).toEqual([])
})
