import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from './fake-time.ts'
import { ReflectorBench } from './reflector-bench.ts'

let bench: ReflectorBench

beforeEach(async () => {
  bench = await ReflectorBench.open()
})

afterEach(async () => {
  await bench[Symbol.asyncDispose]()
})

describe('a quiet watch', () => {
  /** So that a test can tell a probe's limit from a tick of the watchdog. */
  const DISTINCT = { timings: { probeMs: 4_500 } }

  test('is left alone while probes show that it misses nothing', async () => {
    await bench.startWatching()
    const contact = bench.stats.lastContactAt ?? 0
    for (let probes = 1; probes <= 6; probes += 1) {
      await bench.time.advance(25_000)
      await eventually(
        () => bench.server.count('probe') === probes && bench.stats.lastContactAt === bench.time.now(),
      )
    }
    expect(bench.server.count('watch')).toBe(1)
    expect(bench.server.count('list')).toBe(1)
    expect(bench.server.connections).toBeLessThanOrEqual(3)
    expect((bench.stats.lastContactAt ?? 0) - contact).toBeGreaterThanOrEqual(125_000)
  })

  test('is not probed while lines come', async () => {
    await bench.startWatching()
    for (let round = 0; round < 12; round += 1) {
      const before = bench.stats.lastContactAt
      await bench.time.advance(5_000)
      bench.server.history.tick()
      bench.server.bookmark()
      await eventually(() => bench.stats.lastContactAt !== before)
    }
    expect(bench.server.count('probe')).toBe(0)
  })

  test('is replaced within 35 s when bytes are held back on the way', async () => {
    await bench.startWatching()
    bench.server.muteWatches()
    bench.put('a')
    const muted = bench.time.now()
    await bench.time.advance(25_000)
    await bench.hasCaughtUp('a')
    expect(bench.time.now() - muted).toBeLessThanOrEqual(35_000)
    expect(bench.server.count('list')).toBe(1)
  })

  test('is kept while nothing else gets through either, and replaced when it does', async () => {
    await bench.startWatching(DISTINCT)
    bench.server.failNext('probe', 'reset', 3)
    await bench.time.advance(20_000)
    for (const probes of [1, 2, 3]) {
      await bench.time.pass(5_000)
      await eventually(() => bench.server.count('probe') === probes)
    }
    expect(bench.server.count('watch')).toBe(1)
    await bench.time.pass(5_000)
    await eventually(() => bench.server.count('probe') === 4 && bench.server.count('watch') === 2)
    expect(bench.server.count('list')).toBe(1)
  })

  test('that could not go on from where it is (410) is replaced, by way of a list', async () => {
    await bench.startWatching()
    bench.server.failNext('probe', { status: 410, reason: 'Expired' })
    bench.server.failNext('watch', { status: 410, reason: 'Expired' })
    await bench.time.advance(25_000)
    await bench.watches(3)
    expect(bench.server.count('list')).toBe(2)
  })

  test('whose probe hangs: the probe ends by itself', async () => {
    await bench.startWatching(DISTINCT)
    bench.server.failNext('probe', 'hang')
    await bench.time.advance(25_000)
    await eventually(() => bench.server.count('probe') === 1)
    await bench.time.pass(DISTINCT.timings.probeMs)
    await bench.time.pass(5_000)
    await eventually(() => bench.server.count('probe') === 2)
  })

  test('that brings not even bookmarks is mistrusted at the inactivity limit: a new list', async () => {
    bench.server.failNext('probe', { status: 403, reason: 'Forbidden' }, 1000)
    await bench.startWatching(DISTINCT)
    for (let silent = 0; silent < 180; silent += 5) {
      expect(bench.server.count('watch')).toBe(1)
      await bench.time.pass(5_000)
    }
    await eventually(() => bench.server.count('watch') === 2)
    expect(bench.server.count('list')).toBe(2)
  })

  test('has its limit in the timings', async () => {
    await bench.startWatching({ timings: { inactivityMs: 15_000 } })
    await bench.time.advance(15_000)
    await eventually(() => bench.server.count('watch') === 2)
  })
})

test('bookmarks keep a quiet watch young: after a compaction it goes on without a list', async () => {
  await bench.startWatching()
  bench.server.history.tick(50)
  await bench.time.advance(1)
  bench.server.bookmark()
  await eventually(() => bench.stats.lastContactAt === bench.time.now())
  bench.server.history.compact()
  bench.server.cutWatches()
  await bench.watches(2)
  expect(bench.server.asked.at(-1)?.query['resourceVersion']).toBe('1050')
  expect(bench.server.count('list')).toBe(1)
})

test('a bookmark from the past, as of a server that lags, changes nothing', async () => {
  bench.put('a')
  await bench.startWatching()
  bench.server.sendEvent('BOOKMARK', { metadata: { resourceVersion: '5' } })
  bench.put('b')
  await bench.hasCaughtUp('b')
  bench.server.cutWatches()
  await eventually(() => bench.server.count('watch') === 2)
  expect(bench.server.count('list')).toBe(1)
})
