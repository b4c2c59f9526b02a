import { expect, test } from 'vitest'
import { type Backoff, makeBackoff } from '../../src/kube/backoff.ts'
import { DEFAULT_TIMINGS } from '../../src/kube/timings.ts'
import type { Trouble } from '../../src/kube/trouble.ts'

function backoff(random = 1): Backoff {
  return makeBackoff(() => random, DEFAULT_TIMINGS)
}

function trouble(kind: Trouble['kind'], retryAfterMs?: number): Trouble {
  return { kind, message: '', relist: false, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

test.each<[Trouble['kind'], number[]]>([
  ['refused', [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]],
  ['unreadable', [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]],
  ['unreachable', [500, 1000, 2000, 2000]],
  ['expired', [0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000]],
  ['closed', [0, 500, 1000, 2000, 2000]],
])('%s is waited out for %j ms at most', (kind, delays) => {
  const { after } = backoff()
  expect(delays.map(() => after(trouble(kind)))).toEqual(delays)
})

test('a thousand failures do not overflow', () => {
  const { after } = backoff()
  const delays = Array.from({ length: 2000 }, () => after(trouble('refused')))
  expect(delays.at(-1)).toBe(30_000)
})

test('each kind is counted by itself, so a server that comes back and refuses at first is asked soon', () => {
  const { after } = backoff()
  for (let hours = 0; hours < 100; hours += 1) after(trouble('unreachable'))
  expect(after(trouble('refused'))).toBe(500)
})

test('kinds that take turns still slow down: no mixture makes a hot loop', () => {
  const { after } = backoff()
  const delays = Array.from({ length: 6 }, () => after(trouble('expired')) + after(trouble('closed')))
  expect(delays).toEqual([0, 1000, 2000, 4000, 6000, 10_000])
})

test('after a good while, all begin anew', () => {
  const { after, settled } = backoff()
  for (const kind of ['refused', 'refused', 'expired', 'expired'] as const) after(trouble(kind))
  settled()
  expect([after(trouble('refused')), after(trouble('expired'))]).toEqual([500, 0])
})

test('Retry-After is the least, and at most a minute', () => {
  const { after } = backoff(0)
  expect(after(trouble('refused', 3000))).toBe(3000)
  expect(after(trouble('refused', 86_400_000))).toBe(60_000)
  expect(backoff(1).after(trouble('refused', 100))).toBe(500)
})
