import { setTimeout as realSleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from './fake-time.ts'
import { ReflectorBench } from './reflector-bench.ts'
import { valueOf } from './reflector.cases.ts'

let bench: ReflectorBench

beforeEach(async () => {
  bench = await ReflectorBench.open()
})

afterEach(async () => {
  await bench[Symbol.asyncDispose]()
})

function failToLog(): never {
  throw new Error('disk full')
}

describe('a handler that throws', () => {
  test('onChange: the change has happened, later ones are told, and it is counted', async () => {
    bench.put('a')
    const names: string[] = []
    await bench.startWatching({
      onChange: ({ name }) => {
        names.push(name)
        throw new Error('handler')
      },
    })
    bench.put('b')
    await bench.hasCaughtUp('b')
    expect(names).toEqual(['a', 'b'])
    expect(bench.stats).toMatchObject({ handlerErrors: 2, restarts: 0, relists: 0, items: 2 })
  })

  test('onChange, later, in an async function: is caught as well', async () => {
    const rejections: unknown[] = []
    const onRejection = (error: unknown): void => void rejections.push(error)
    process.on('unhandledRejection', onRejection)
    await bench.startWatching({
      // oxlint-disable-next-line typescript/no-misused-promises -- the mistake that is tested
      onChange: async () => {
        await Promise.resolve()
        throw new Error('handler')
      },
    })
    bench.put('a')
    await eventually(() => bench.stats.handlerErrors === 1)
    await realSleep(5)
    process.off('unhandledRejection', onRejection)
    expect(rejections).toEqual([])
  })

  test('project: the last good projection stays, and a new object counts as absent', async () => {
    bench.put('a', '1')
    await bench.startWatching({
      project: (object) => {
        const value = valueOf(object)
        if (value === 'bad') throw new Error('cannot read this')
        return value
      },
    })
    bench.put('a', 'bad')
    bench.put('b', 'bad')
    bench.put('c', '1')
    await bench.hasCaughtUp('c')
    expect([...bench.reflector.items()]).toEqual([
      ['shop/a', '1'],
      ['shop/c', '1'],
    ])
    expect(bench.stats).toMatchObject({ handlerErrors: 2, restarts: 0, relists: 0 })
    expect(bench.recorder.told).toEqual(['added a', 'added c'])
  })

  test('the log: nothing comes of it', async () => {
    bench.server.failNext('list', { status: 500 }, 2)
    await bench.startWatching({ log: { debug: failToLog, info: failToLog, warn: failToLog } })
    bench.put('a')
    await bench.hasCaughtUp('a')
  })
})
