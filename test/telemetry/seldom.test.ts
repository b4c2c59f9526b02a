import { expect, test } from 'vitest'
import { makeAdmissionEvents } from '../../src/telemetry/admission-events.ts'
import { makeLogger } from '../../src/telemetry/logger.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { makeSeldom } from '../../src/telemetry/seldom.ts'

test('each kind is told of once a minute', () => {
  let clock = 0
  const isTime = makeSeldom(() => clock)
  expect([isTime('a'), isTime('a'), isTime('b')]).toEqual([true, false, true])
  clock = 59_999
  expect(isTime('a')).toBe(false)
  clock = 60_000
  expect([isTime('a'), isTime('a')]).toEqual([true, false])
})

test('reviews that are handed over for overload are told at the usual level, once a minute for each webhook', () => {
  const lines: string[] = []
  const nothing = {
    instances: () => [],
    policies: () => ({ accepted: 0, invalid: 0 }),
    resources: () => [],
    certificates: () => [],
  }
  const events = makeAdmissionEvents(
    makeMetrics(nothing, { version: '0' }, () => 0),
    makeLogger('info', { write: (line) => lines.push(line) }),
    undefined,
    makeSeldom(() => 0),
  )
  for (let call = 0; call < 1000; call++) events.shed('mutate')
  events.shed('validate')
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 'warn', webhook: 'mutate', reason: 'Overloaded', msg: 'handed over' },
    { level: 'warn', webhook: 'validate', reason: 'Overloaded', msg: 'handed over' },
  ])
})
