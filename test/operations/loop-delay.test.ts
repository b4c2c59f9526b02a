import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { watchLoopDelay } from '../../src/operations/loop-delay.ts'
import { PATIENCE, PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)

/** Keeps the event loop from turning. */
function block(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

test('a loop that keeps being blocked is late, and is not when that ends', async () => {
  using watch = watchLoopDelay()
  await expect
    .poll(() => {
      block(300)
      return watch.now()
    }, PATIENCE)
    .toBeGreaterThan(100)
  await expect.poll(() => watch.now(), { ...PATIENCE, interval: 100 }).toBeLessThan(100)
})

test('the quantiles show a stall to everybody who asks, until it is long over', async () => {
  using watch = watchLoopDelay(1000)
  await sleep(100)
  block(400)
  await sleep(100)
  const [median, late, most] = watch.quantiles()
  expect([median?.quantile, late?.quantile, most?.quantile]).toEqual(['0.5', '0.99', '1'])
  expect(most?.seconds).toBeGreaterThan(0.3)
  expect(median?.seconds).toBeLessThan(most?.seconds ?? 0)
  expect(watch.quantiles()[2]?.seconds).toBeGreaterThanOrEqual(most?.seconds ?? Infinity)
  await expect.poll(() => watch.quantiles()[2]?.seconds, PATIENCE).toBeLessThan(most?.seconds ?? 0)
})

test('before anything was measured nothing is late', () => {
  using watch = watchLoopDelay()
  expect(watch.now()).toBe(0)
  expect(watch.quantiles().map(({ seconds }) => seconds)).toEqual([0, 0, 0])
})
