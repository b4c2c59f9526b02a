import { expect, test } from 'vitest'
import { makeRateLimit, makeRateLimits } from '../../src/discovery/rate-limit.ts'

test('so many at once, then so many a second, and never more in store than at the beginning', () => {
  let now = 0
  const limit = makeRateLimit({ perSecond: 2, burst: 3 }, () => now)
  const takeAll = (): number => {
    let taken = 0
    while (limit.take()) taken += 1
    return taken
  }
  expect(takeAll()).toBe(3)
  now += 500
  expect(takeAll()).toBe(1)
  now += 3_600_000
  expect(takeAll()).toBe(3)
})

test('a name that is refused by its own limit takes nothing from the others', () => {
  const allowed = makeRateLimits(
    { all: { perSecond: 0, burst: 10 }, namespace: { perSecond: 0, burst: 2 } },
    () => 0,
  )
  const greedy = Array.from({ length: 100 }, () => allowed('greedy')).filter(Boolean).length
  expect(greedy).toBe(2)
  const others = Array.from({ length: 20 }, (_, index) => allowed(`other-${index}`)).filter(Boolean).length
  expect(others).toBe(8)
})
