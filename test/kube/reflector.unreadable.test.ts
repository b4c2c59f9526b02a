import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from './fake-time.ts'
import { addedLine, ReflectorBench } from './reflector-bench.ts'

let bench: ReflectorBench

beforeEach(async () => {
  bench = await ReflectorBench.open()
})

afterEach(async () => {
  await bench[Symbol.asyncDispose]()
})

const UNREADABLE: [string, string][] = [
  ['no JSON', 'hello\n'],
  ['half a JSON', '{"type":"ADDED","object":{"meta\n'],
  ['a JSON that is no object', '[1]\n'],
  ['an unknown type', '{"type":"RENAMED","object":{"metadata":{"name":"x","resourceVersion":"99999"}}}\n'],
  ['no type', '{"object":{"metadata":{"name":"x","resourceVersion":"99999"}}}\n'],
  ['an object that is null', '{"type":"DELETED","object":null}\n'],
  ['an object without metadata', '{"type":"MODIFIED","object":{"data":{}}}\n'],
  ['an object without a version', '{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n'],
  ['a bookmark without a version', '{"type":"BOOKMARK","object":{"metadata":{}}}\n'],
  ['an error without a code', '{"type":"ERROR","object":{"message":"oops"}}\n'],
]

describe('reconnects, with its state unchanged, after', () => {
  test.each(UNREADABLE)('%s', async (_, line) => {
    bench.put('a')
    await bench.startWatching()
    bench.server.sendToWatches(line)
    await bench.watches(2)
    expect(bench.recorder.told).toEqual(['added a'])
    expect(bench.server.count('list')).toBe(1)
    expect(bench.server.asked.at(-1)?.query['resourceVersion']).toBe(
      bench.server.asked.at(-2)?.query['resourceVersion'],
    )
    bench.put('b')
    await bench.hasCaughtUp('b')
  })

  test('half a line at the end of a stream', async () => {
    await bench.startWatching()
    bench.server.sendToWatches('{"type":"ADDED","object":{"metadata":{"name":"half')
    bench.server.closeWatches()
    await bench.watches(2)
    expect(bench.reflector.items().size).toBe(0)
    expect(bench.logged.some(({ facts }) => String(facts['reason']).includes('within a line'))).toBe(true)
  })
})

test('lines before a bad one count, lines after it do not', async () => {
  await bench.startWatching()
  bench.server.history.tick(10)
  bench.server.sendToWatches(`${addedLine('before', '1001')}oops\n${addedLine('after', '1002')}`)
  await eventually(() => bench.server.count('watch') === 2)
  expect(bench.recorder.told).toEqual(['added before'])
  expect(bench.server.asked.at(-1)?.query['resourceVersion']).toBe('1001')
})

describe('lists anew when', () => {
  test('the watch ends with 410 in its stream', async () => {
    await bench.startWatching()
    bench.put('a')
    await bench.hasCaughtUp('a')
    bench.server.sendEvent('ERROR', {
      kind: 'Status',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version',
    })
    await eventually(() => bench.server.count('list') === 2 && bench.server.openWatches === 1)
    expect(bench.recorder.told).toEqual(['added a'])
    expect(bench.stats).toMatchObject({ relists: 1, lastError: undefined })
  })

  test('the server is younger than what we know (too large resource version)', async () => {
    bench.put('a')
    await bench.startWatching()
    bench.server.history.rewind(500)
    bench.server.cutWatches()
    await eventually(() => bench.server.count('list') === 2 && bench.server.openWatches === 1)
    bench.put('b')
    await bench.hasCaughtUp('b')
  })

  test('the watch goes back in time', async () => {
    bench.put('a', '1')
    const old = bench.server.history.list()[0]
    bench.put('a', '2')
    await bench.startWatching()
    bench.server.sendEvent('MODIFIED', old)
    await eventually(() => bench.server.count('list') === 2 && bench.server.openWatches === 1)
    expect(bench.recorder.told).toEqual(['added a'])
  })

  test('a line stays unreadable', async () => {
    await bench.startWatching()
    bench.server.failNext('watch', { text: '{"type":\n' }, 2)
    bench.server.cutWatches()
    await eventually(() => bench.server.count('list') === 2 && bench.server.openWatches === 1)
  })
})
