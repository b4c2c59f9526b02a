import { expect, test } from 'vitest'
import { watchHandshakes } from '../../src/app/watch-handshakes.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'

const alert = (name: string): Error =>
  Object.assign(new Error(`secret words of the caller: ${name}`), { code: `ERR_SSL_SSL/TLS_ALERT_${name}` })

function watch() {
  let clock = 0
  let doubts = 0
  const told: unknown[] = []
  const note = (facts: object, message: string): void => void told.push({ ...facts, message })
  const nothing = {
    instances: () => [],
    policies: () => ({ accepted: 0, invalid: 0 }),
    resources: () => [],
    certificates: () => [],
  }
  const metrics = makeMetrics(nothing, { version: '0' }, () => 0)
  const failed = watchHandshakes({
    metrics,
    log: { warn: note, debug: note } as never,
    clock: () => clock,
    onDistrust: () => void (doubts += 1),
  })
  return {
    failed,
    told,
    doubts: () => doubts,
    pass: (milliseconds: number) => void (clock += milliseconds),
    counted: async () =>
      (await metrics.handshakeFailures.get()).values.map(({ labels, value }) => [labels['reason'], value]),
  }
}

test('each is counted by its reason, and told once a minute without a word of the caller', async () => {
  const { failed, told, pass, counted } = watch()
  for (let time = 0; time < 5; time += 1) failed(alert('UNKNOWN_CA'))
  failed(alert('BAD_CERTIFICATE'))
  failed(new Error('ECONNRESET'))
  expect(told).toHaveLength(3)
  pass(60_000)
  failed(alert('UNKNOWN_CA'))
  expect(told).toHaveLength(4)
  expect(JSON.stringify(told)).not.toContain('secret words')
  expect(await counted()).toEqual([
    ['unknown_ca', 6],
    ['bad_certificate', 1],
    ['other', 1],
  ])
})

test('who does not trust us is a reason to look at caBundle; who speaks no TLS is none', () => {
  const { failed, doubts } = watch()
  failed(alert('UNKNOWN_CA'))
  failed(alert('BAD_CERTIFICATE'))
  failed(new Error('no TLS'))
  expect(doubts()).toBe(2)
})
