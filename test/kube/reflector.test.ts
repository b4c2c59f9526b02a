import { setTimeout as realSleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeApiServer } from './fake-api-server.ts'
import { eventually, fakeTime } from './fake-time.ts'
import { connectTo, ReflectorBench, RETRIES_AT_ONCE } from './reflector-bench.ts'
import { type ClusterUnderTest, reflectorCases } from './reflector.cases.ts'

async function fakeCluster(): Promise<ClusterUnderTest> {
  const server = await FakeApiServer.start()
  const client = await connectTo(server)
  return {
    client,
    namespace: 'shop',
    time: { ...fakeTime(RETRIES_AT_ONCE), random: () => 0.1 },
    async put(name, value) {
      server.history.put('shop', name, { value })
    },
    async remove(name) {
      server.history.remove('shop', name)
    },
    async compact() {
      server.history.compact()
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

reflectorCases('the fake API server', fakeCluster)

let bench: ReflectorBench

beforeEach(async () => {
  bench = await ReflectorBench.open()
})

afterEach(async () => {
  await bench[Symbol.asyncDispose]()
})

test('a version that expires between two pages begins the list anew, and shows no half of it', async () => {
  for (const name of ['a', 'b', 'c']) bench.put(name)
  bench.server.failNext('continue', { status: 410, reason: 'Expired' })
  await bench.startWatching({ timings: { pageSize: 2 } })
  expect(bench.server.asked.map(({ ask }) => ask)).toEqual(['list', 'continue', 'list', 'continue', 'watch'])
  expect(bench.recorder.told).toEqual(['added a', 'added b', 'added c'])
})

test('a list whose pages always expire is asked for in one piece', async () => {
  for (const name of ['a', 'b', 'c']) bench.put(name)
  bench.server.failNext('continue', { status: 410, reason: 'Expired' }, 1000)
  await bench.startWatching({ timings: { pageSize: 2 } })
  expect(bench.reflector.items().size).toBe(3)
  expect(bench.server.asked.at(-2)).toEqual({ ask: 'list', query: {} })
})

test('nobody ever sees half a list', async () => {
  for (const name of ['a', 'b', 'c']) bench.put(name)
  await bench.startWatching({ timings: { pageSize: 2 } })
  const before = bench.reflector.items()
  bench.server.history.remove('shop', 'a')
  await eventually(() => bench.reflector.items().size === 2)
  for (const name of ['d', 'e', 'f', 'g']) bench.server.history.put('shop', name, { value: '1' })
  bench.server.history.compact()
  const { promise, resolve } = Promise.withResolvers<void>()
  bench.server.hold = promise
  bench.server.sendEvent('ERROR', { code: 410 })
  await eventually(() => bench.server.count('list') === 2)
  const sizes = new Set<number>()
  for (let round = 0; round < 20; round += 1) {
    sizes.add(bench.reflector.items().size)
    if (round === 10) resolve()
    await realSleep(1)
  }
  await eventually(() => bench.server.openWatches === 1)
  expect([...sizes].every((size) => size === 2 || size === 6)).toBe(true)
  expect(before.size).toBeLessThan(7)
})

test('an unchanged object is not told again after a new list', async () => {
  bench.put('a')
  bench.put('b')
  await bench.startWatching()
  bench.server.history.compact()
  bench.server.history.put('shop', 'b', { value: '2' })
  await bench.hasCaughtUp('b', '2')
  bench.recorder.forget()
  bench.server.sendEvent('ERROR', { code: 410 })
  await eventually(() => bench.stats.relists === 1 && bench.server.openWatches === 1)
  expect(bench.recorder.told).toEqual([])
})

test('an event that comes twice is told once', async () => {
  await bench.startWatching()
  bench.put('a')
  await bench.hasCaughtUp('a')
  bench.server.sendEvent('ADDED', bench.server.history.list()[0])
  bench.put('b')
  await bench.hasCaughtUp('b')
  expect(bench.recorder.told).toEqual(['added a', 'added b'])
})

test('asks for bookmarks, and for a life of 300 to 600 s', async () => {
  const lives = [0, 0.5, 1 - 2 ** -53]
  await bench.startWatching({ random: () => lives.shift() ?? 0 })
  for (const count of [2, 3]) {
    bench.put('a', String(count))
    await bench.hasCaughtUp('a', String(count))
    bench.server.closeWatches()
    await bench.watches(count)
  }
  const watches = bench.server.asked.filter(({ ask }) => ask === 'watch')
  expect(watches.map(({ query }) => query['timeoutSeconds'])).toEqual(['300', '450', '600'])
  expect(watches.every(({ query }) => query['allowWatchBookmarks'] === 'true')).toBe(true)
  expect(bench.server.asked[0]?.query).toEqual({ limit: '500' })
})

test('gives its selectors to the list, the watch and the probe', async () => {
  await bench.startWatching({ query: { labelSelector: 'app in (x, y)' } })
  await bench.time.advance(25_000)
  await eventually(() => bench.server.count('probe') === 1)
  expect(bench.server.asked.map(({ query }) => query['labelSelector'])).toEqual(
    Array(3).fill('app in (x, y)'),
  )
})

test('an event that no server ever sent is made up for by a list each hour', async () => {
  bench.put('a')
  // Without a watchdog, which the passing hour would wake.
  await bench.startWatching({ timings: { tickMs: 86_400_000 } })
  bench.put('b')
  await bench.hasCaughtUp('b')
  bench.server.history.lose('shop', 'a')
  await bench.time.advance(3_599_000)
  bench.server.closeWatches()
  await bench.watches(2)
  expect(bench.reflector.items().size).toBe(2)
  bench.put('b', '2')
  await bench.hasCaughtUp('b', '2')
  await bench.time.advance(1_000)
  bench.server.closeWatches()
  await eventually(() => bench.reflector.items().size === 1)
  expect(bench.server.count('list')).toBe(2)
})

describe('a kind that may be absent', () => {
  test('is an empty list, after a second look', async () => {
    bench.server.failNext('list', { status: 404, reason: 'NotFound' }, 2)
    await bench.start({ mayBeAbsent: true }).synced
    expect(bench.server.count('list')).toBe(2)
    bench.put('a')
    await bench.hasCaughtUp('a')
  })

  test('that stays absent is asked for again and again, but told only once', async () => {
    bench.server.failNext('list', { status: 404, reason: 'NotFound' }, 50)
    await bench.start({ mayBeAbsent: true }).synced
    await eventually(() => bench.server.count('list') > 20)
    expect(bench.logged.map(({ level }) => level).filter((level) => level !== 'debug')).toEqual([
      'warn',
      'info',
    ])
    expect(bench.stats.lastError).toContain('404')
    expect(bench.stats.lastContactAt).toBe(bench.time.now())
    await bench.watches(1)
    expect(bench.stats.lastError).toBeUndefined()
  })

  test('that goes away takes its objects with it, and one stray 404 does not', async () => {
    bench.put('a')
    await bench.startWatching({ mayBeAbsent: true })
    bench.server.failNext('watch', { status: 404 })
    bench.server.failNext('list', { status: 404 })
    bench.server.cutWatches()
    await bench.watches(3)
    expect(bench.recorder.told).toEqual(['added a'])
    bench.server.failNext('watch', { status: 404 })
    bench.server.failNext('list', { status: 404 }, 2)
    bench.server.cutWatches()
    await eventually(() => bench.server.count('watch') === 5)
    expect(bench.recorder.told).toEqual(['added a', 'deleted a', 'added a'])
  })

  test('unless that was said, a 404 takes nothing away', async () => {
    bench.put('a')
    await bench.startWatching()
    bench.server.failNext('watch', { status: 404 })
    bench.server.failNext('list', { status: 404 }, 1000)
    bench.server.cutWatches()
    await eventually(() => bench.server.count('list') > 5)
    expect(bench.reflector.items().size).toBe(1)
  })
})

test('counts what happened', async () => {
  bench.put('a')
  await bench.startWatching()
  expect(bench.stats).toEqual({
    synced: true,
    items: 1,
    lists: 1,
    relists: 0,
    restarts: 0,
    lastContactAt: bench.time.now(),
    lastError: undefined,
    handlerErrors: 0,
  })
  bench.server.history.compact()
  bench.server.history.tick()
  bench.server.sendEvent('ERROR', { code: 410 })
  await eventually(() => bench.stats.restarts === 1)
  expect(bench.stats).toMatchObject({ lists: 2, relists: 1, restarts: 1 })
})
