import { X509Certificate } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { makeSelfMadeSource } from '../../src/certs/self-made-source.ts'
import { complaintOf } from './complaint.ts'
import { PATIENCE } from './patience.ts'
import { recordedLog } from './recorded-log.ts'
import { certificateSourceCases } from './source.cases.ts'
import { manualTimers } from './timers.ts'

vi.setConfig(PATIENCE)

const DAY = 86_400_000
const HOSTS = ['localhost', '127.0.0.1', '::1']

/** A source whose clock and timers the test moves. */
async function selfMade(days: { start: number; servingDays?: number; authorityDays?: number }) {
  const { start, ...lives } = days
  let offset = start * DAY
  let broken = false
  const timers = manualTimers()
  const log = recordedLog()
  const now = () => {
    if (broken) throw new Error('no clock')
    return new Date(Date.now() + offset)
  }
  const source = await makeSelfMadeSource({ hosts: HOSTS, now, setTimer: timers.setTimer, log, ...lives })
  return {
    source,
    log,
    timers,
    pass: (passed: number) => (offset += passed * DAY),
    breakClock: (isBroken: boolean) => (broken = isBroken),
    check: async () => {
      timers.fire()
      await vi.waitFor(() => expect(timers.waits()).toHaveLength(1), { timeout: 20_000 })
    },
  }
}

certificateSourceCases('a self-made source', async () => {
  // Long lives that began long ago, so that the first and the second certificate are both valid on the real clock.
  const { source, log, timers, pass } = await selfMade({ start: -650, servingDays: 900 })
  return {
    source,
    log,
    async provoke() {
      pass(601)
      timers.fire()
    },
    pendingTimers: () => timers.waits().length,
  }
})

test('renews at two thirds of ninety days, under the same CA, without being asked', async () => {
  const { source, log, pass, check } = await selfMade({ start: 0 })
  await using _ = source
  const first = source.current()

  pass(59)
  await check()
  expect(source.current()).toBe(first)

  pass(1.5)
  await check()
  const second = source.current()
  expect(second.fingerprint256).not.toBe(first.fingerprint256)
  expect(second.keyPem).not.toBe(first.keyPem)
  expect(second.caPem).toBe(first.caPem)
  expect(second.notAfter.getTime() - first.notAfter.getTime()).toBeGreaterThan(60 * DAY)
  expect(log.infos).toEqual(['The certificate was renewed.'])
})

test('lives ninety days, its CA ten years', async () => {
  const { source } = await selfMade({ start: 0 })
  await using _ = source
  const { notAfter, caPem } = source.current()
  const ca = new X509Certificate(caPem ?? '')
  expect(Math.round((notAfter.getTime() - Date.now()) / DAY)).toBe(90)
  expect(Math.round((ca.validToDate.getTime() - Date.now()) / DAY)).toBe(3650)
})

test.each([
  ['two thirds of the life of the CA are over', 70],
  ['the clock is set back to before its CA', -1000],
])('makes a new CA too when %s', async (...[, passed]) => {
  const { source, pass, check, log } = await selfMade({ start: 0, servingDays: 30, authorityDays: 100 })
  await using _ = source
  const first = source.current()
  pass(passed)
  await check()
  expect(source.current().caPem).not.toBe(first.caPem)
  expect(log.warnings).toEqual([])
})

test('a renewal that fails keeps the certificate, warns once, and is tried again', async () => {
  const { source, pass, check, log, breakClock } = await selfMade({ start: 0 })
  await using _ = source
  const first = source.current()
  pass(61)
  breakClock(true)
  await check()
  await check()
  expect(source.current()).toBe(first)
  expect(log.warnings).toEqual(['no clock The certificate in service stays.'])

  breakClock(false)
  await check()
  expect(source.current()).not.toBe(first)
})

test('bad hosts are refused at the start', async () => {
  const { setTimer, waits } = manualTimers()
  const start = () =>
    makeSelfMadeSource({ hosts: ['*'], now: () => new Date(), setTimer, log: recordedLog() })
  expect(await complaintOf(start)).toMatch(/^bad-host: .*wildcard/)
  expect(waits()).toEqual([])
})
