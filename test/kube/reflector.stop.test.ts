import { getEventListeners } from 'node:events'
import { setTimeout as realSleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KubeClient } from '../../src/kube/kube-client.ts'
import { addedLine, ReflectorBench } from './reflector-bench.ts'
import { eventually, fakeTime } from './fake-time.ts'

let bench: ReflectorBench

beforeEach(async () => {
  bench = await ReflectorBench.open()
})

afterEach(async () => {
  await bench[Symbol.asyncDispose]()
})

describe('stopping', () => {
  test('closes the watch, tells nothing more and makes no noise', async () => {
    await bench.startWatching()
    await bench.stopped()
    await eventually(() => bench.server.openWatches === 0)
    bench.put('a')
    await bench.nothingMoreIsAsked()
    expect(bench.recorder.told).toEqual([])
    expect(bench.logged.filter(({ level }) => level === 'warn')).toEqual([])
    expect(bench.stats.lastError).toBeUndefined()
  })

  test('during a list', async () => {
    bench.put('a')
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.server.hold = promise
    bench.start()
    await eventually(() => bench.server.count('list') === 1)
    await bench.stopped()
    resolve()
    await bench.nothingMoreIsAsked()
    expect(bench.reflector.isSynced()).toBe(false)
    expect(bench.logged).toEqual([])
  })

  test('during a backoff', async () => {
    bench.time = fakeTime()
    bench.server.failNext('list', { status: 500 }, 1000)
    bench.start()
    await eventually(() => bench.time.slept.includes(50))
    await bench.stopped()
    await bench.nothingMoreIsAsked()
  })

  test('while a watch is being opened', async () => {
    bench.server.failNext('watch', 'hang')
    bench.start()
    await eventually(() => bench.server.count('watch') === 1)
    await bench.stopped()
    await bench.nothingMoreIsAsked()
  })

  test('during a probe', async () => {
    await bench.startWatching()
    bench.server.failNext('probe', 'hang')
    await bench.time.advance(25_000)
    await eventually(() => bench.server.count('probe') === 1)
    await bench.stopped()
    expect(bench.time.sleeping).toBe(0)
    await bench.nothingMoreIsAsked()
  })

  test('from within a handler', async () => {
    bench.put('a')
    bench.put('b')
    const names: string[] = []
    bench.start({
      onChange: ({ name }) => {
        names.push(name)
        bench.stop.abort()
      },
    })
    await bench.reflector.done
    await bench.nothingMoreIsAsked()
    expect(names).toEqual(['a'])
  })

  test('from within a handler: what came along with its event is not taken', async () => {
    await bench.startWatching({ onChange: () => bench.stop.abort() })
    bench.server.history.tick(10)
    bench.server.sendToWatches(addedLine('a', '1001') + addedLine('b', '1002'))
    await bench.reflector.done
    expect([...bench.reflector.items().keys()]).toEqual(['shop/a'])
  })

  test('with a client that does not listen to the signal: a late list is not taken, nor followed', async () => {
    bench.put('a')
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const asked: string[] = []
    const deaf: KubeClient = {
      ...bench.client,
      async get(path, { query = {} } = {}) {
        asked.push('list')
        await held
        return bench.client.get(path, { query })
      },
      watch() {
        asked.push('watch')
        return Promise.reject(new Error('watch'))
      },
    }
    bench.start({ client: deaf })
    bench.stop.abort()
    release()
    await bench.reflector.done
    expect(asked).toEqual(['list'])
    expect(bench.reflector.items().size).toBe(0)
    expect(bench.reflector.isSynced()).toBe(false)
  })

  test('with a client that does not listen to the signal: is done when its probe is', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    let probes = 0
    const deaf: KubeClient = {
      ...bench.client,
      async watch(path, options) {
        if (options?.query?.['timeoutSeconds'] !== '1') return bench.client.watch(path, options)
        probes += 1
        await held
        throw new Error('at last')
      },
    }
    await bench.startWatching({ client: deaf })
    await bench.time.advance(25_000)
    await eventually(() => probes === 1)
    let isDone = false
    void bench.reflector.done.then(() => (isDone = true))
    bench.stop.abort()
    await realSleep(20)
    expect(isDone).toBe(false)
    release()
    await bench.reflector.done
  })

  test('before it began: nothing is ever asked', async () => {
    bench.stop.abort()
    await bench.start().done
    await bench.nothingMoreIsAsked()
    expect(bench.server.asked).toEqual([])
  })

  test('leaves nothing on the signal, however many watches there were', async () => {
    await bench.startWatching()
    const listeners = getEventListeners(bench.stop.signal, 'abort').length
    for (let round = 2; round < 30; round += 1) {
      bench.server.cutWatches()
      await bench.watches(round)
    }
    expect(getEventListeners(bench.stop.signal, 'abort').length).toBe(listeners)
    await bench.stopped()
    expect(getEventListeners(bench.stop.signal, 'abort')).toEqual([])
  })
})
