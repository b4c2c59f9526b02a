import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Refusal } from './fake-api-server.ts'
import { eventually, fakeTime } from './fake-time.ts'
import { ReflectorBench } from './reflector-bench.ts'

let bench: ReflectorBench

beforeEach(async () => {
  bench = await ReflectorBench.open()
})

afterEach(async () => {
  await bench[Symbol.asyncDispose]()
})

const REFUSALS: (Refusal | 'reset')[] = [
  'reset',
  { status: 401, reason: 'Unauthorized' },
  { status: 403, reason: 'Forbidden' },
  { status: 404, reason: 'NotFound' },
  { status: 409, reason: 'Conflict' },
  { status: 429, reason: 'TooManyRequests', retryAfter: 1 },
  { status: 500, reason: 'InternalError' },
  { status: 503, reason: 'ServiceUnavailable', retryAfter: 1 },
  { status: 504, reason: 'Timeout' },
]
/** How a test names it. */
const told = (fault: Refusal | 'reset'): string => (fault === 'reset' ? fault : String(fault.status))

describe('goes on after', () => {
  test.each(REFUSALS.map((fault) => [told(fault), fault] as const))('%s on the watch', async (_, fault) => {
    await bench.startWatching()
    bench.server.failNext('watch', fault, 3)
    bench.server.cutWatches()
    bench.put('a')
    await bench.hasCaughtUp('a')
    await eventually(() => bench.server.openWatches === 1 && bench.stats.lastError === undefined)
  })

  test.each(REFUSALS.map((fault) => [told(fault), fault] as const))(
    '%s on the first list',
    async (_, fault) => {
      bench.put('a')
      bench.server.failNext('list', fault, 3)
      await bench.startWatching()
      expect(bench.reflector.items().size).toBe(1)
      expect(bench.server.count('list')).toBe(4)
    },
  )

  test.each(REFUSALS.map((fault) => [told(fault), fault] as const))(
    '%s on a later page',
    async (_, fault) => {
      for (const name of ['a', 'b', 'c']) bench.put(name)
      bench.server.failNext('continue', fault, 3)
      await bench.startWatching({ timings: { pageSize: 2 } })
      expect(bench.reflector.items().size).toBe(3)
    },
  )
})

test('is not synced before a list is complete, and says what is in the way', async () => {
  bench.server.failNext(
    'list',
    { status: 403, reason: 'Forbidden', message: 'configmaps is forbidden' },
    1000,
  )
  bench.start()
  await eventually(() => bench.server.count('list') > 5)
  expect(bench.reflector.isSynced()).toBe(false)
  expect(bench.stats).toMatchObject({
    synced: false,
    lastError: '403 Forbidden: configmaps is forbidden',
  })
  bench.server.heal()
  await bench.reflector.synced
  expect(bench.reflector.isSynced()).toBe(true)
})

test('an outage takes nothing away, and is told once', async () => {
  bench.put('a')
  await bench.startWatching()
  bench.server.failNext('watch', { status: 500 }, 1000)
  bench.server.cutWatches()
  await eventually(() => bench.server.count('watch') > 10)
  expect(bench.reflector.isSynced()).toBe(true)
  expect([...bench.reflector.items()]).toEqual([['shop/a', '1']])
  expect(bench.logged.filter(({ level }) => level === 'warn')).toHaveLength(1)
  bench.server.heal()
  await eventually(() => bench.logged.at(-1)?.message === 'in contact with the API server again')
  expect(bench.recorder.told).toEqual(['added a'])
})

describe('backs off', () => {
  beforeEach(() => {
    bench.time = fakeTime({ instantBelow: 100_000 })
  })

  // The page's own time limit would be instant as well.
  const patient = { timings: { pageMs: 200_000, tickMs: 200_000 }, random: () => 1 - 2 ** -53 }

  test('from half a second to half a minute when the server refuses', async () => {
    bench.server.failNext('list', { status: 500 }, 1000)
    bench.start(patient)
    expect(await bench.delays(9)).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
  })

  test('to 2 s at most when nobody answers, so that it is back soon after the server', async () => {
    bench.server.failNext('list', 'reset', 1000)
    bench.start(patient)
    expect(await bench.delays(5)).toEqual([500, 1000, 2000, 2000, 2000])
  })

  test('with full jitter', async () => {
    bench.server.failNext('list', { status: 500 }, 1000)
    let calls = 0
    bench.start({ ...patient, random: () => [0.5, 0, 0.25][calls++ % 3] ?? 0 })
    expect(await bench.delays(3)).toEqual([250, 0, 500])
  })

  test('as long as Retry-After says', async () => {
    bench.server.failNext('list', { status: 429, retryAfter: 7 }, 2)
    bench.server.failNext('list', { status: 503, retryAfter: 3600 }, 1)
    bench.start(patient)
    expect(await bench.delays(3)).toEqual([7000, 7000, 60_000])
  })

  test('hardly at all after quiet closes, and not after the first', async () => {
    bench.server.failNext('watch', { text: '' }, 1000)
    bench.start(patient)
    expect(await bench.delays(6)).toEqual([0, 500, 1000, 2000, 2000, 2000])
  })

  test('when the server says the same again and again, and closes', async () => {
    bench.put('a')
    const object = bench.server.history.list()[0]
    bench.server.failNext('watch', { text: `${JSON.stringify({ type: 'MODIFIED', object })}\n` }, 1000)
    bench.start(patient)
    expect(await bench.delays(4)).toEqual([0, 500, 1000, 2000])
  })

  test('after the second expiry in a row, so that it is no storm of lists', async () => {
    bench.server.failNext('watch', { status: 410, reason: 'Expired' }, 1000)
    bench.start(patient)
    expect(await bench.delays(5)).toEqual([0, 500, 1000, 2000, 4000])
  })

  test('from the beginning again once a watch has lasted', async () => {
    bench.server.failNext('list', { status: 500 }, 4)
    bench.start(patient)
    await eventually(() => bench.server.openWatches === 1)
    bench.put('a')
    await bench.hasCaughtUp('a')
    await bench.time.advance(10_000)
    bench.server.failNext('watch', { status: 500 })
    bench.server.closeWatches()
    expect(await bench.delays(5)).toEqual([500, 1000, 2000, 4000, 500])
  })

  test('not from the beginning after a watch that ended at once', async () => {
    bench.server.failNext('list', { status: 500 }, 3)
    bench.start(patient)
    await eventually(() => bench.server.openWatches === 1)
    bench.server.failNext('watch', { status: 500 })
    bench.put('a')
    await bench.hasCaughtUp('a')
    bench.server.closeWatches()
    expect(await bench.delays(4)).toEqual([500, 1000, 2000, 4000])
  })
})

test('a list without an answer is given up after 30 s and asked again', async () => {
  bench.put('a')
  bench.server.failNext('list', 'hang')
  bench.start()
  await eventually(() => bench.server.count('list') === 1)
  await bench.time.pass(30_000)
  await bench.hasCaughtUp('a')
  expect(
    bench.logged.some(({ facts }) => facts['reason'] === 'listing configmaps took longer than 30 s'),
  ).toBe(true)
})
