import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { EMPTY_NAMESPACE } from '../../src/core/inventory.ts'
import { makeLiveLookUp, type ReadNamespace } from '../../src/discovery/live-look-up.ts'
import { LookUpRefused } from '../../src/discovery/source.ts'

const PLENTY = { perSecond: 1000, burst: 1000 }
const never = new AbortController().signal

/** A look-up whose reads end when the test says so. */
function lookUpOf(rates = { all: PLENTY, namespace: PLENTY }) {
  const reads: { namespace: string; signal: AbortSignal; end: (error?: Error) => void }[] = []
  const read: ReadNamespace = (namespace, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
      reads.push({
        namespace,
        signal,
        end: (error) => (error === undefined ? resolve(EMPTY_NAMESPACE) : reject(error)),
      })
    })
  const time = { now: 0 }
  const lookUp = makeLiveLookUp({ read, rates, readMs: 60_000, clock: () => time.now })
  return { lookUp, reads, time }
}

describe('look-ups of one namespace', () => {
  test('a hundred that come while one runs share the next one', async () => {
    const { lookUp, reads } = lookUpOf()
    const first = lookUp('shop', never)
    const later = Array.from({ length: 100 }, () => lookUp('shop', never))
    expect(reads).toHaveLength(1)
    reads[0]?.end()
    await first
    await turn()
    expect(reads).toHaveLength(2)
    reads[1]?.end()
    await Promise.all(later)
    expect(reads).toHaveLength(2)
  })

  test('none is answered by a read that began before it came', async () => {
    const { lookUp, reads } = lookUpOf()
    const first = lookUp('shop', never)
    const answered = vi.fn()
    const second = lookUp('shop', never).then(answered)
    reads[0]?.end()
    await first
    await turn()
    expect(answered).not.toHaveBeenCalled()
    reads[1]?.end()
    await second
  })

  test('a read that fails fails those who waited for it, and nobody else', async () => {
    const { lookUp, reads } = lookUpOf()
    const first = lookUp('shop', never)
    const second = lookUp('shop', never)
    reads[0]?.end(new Error('the API server is away'))
    await expect(first).rejects.toThrow('the API server is away')
    await turn()
    reads[1]?.end()
    expect(await second).toBe(EMPTY_NAMESPACE)
  })

  test('other namespaces do not wait', () => {
    const { lookUp, reads } = lookUpOf()
    void lookUp('shop', never)
    void lookUp('billing', never)
    expect(reads.map(({ namespace }) => namespace)).toEqual(['shop', 'billing'])
  })
})

describe('limits', () => {
  test('one namespace uses up its own look-ups, not those of others', async () => {
    const { lookUp, reads } = lookUpOf({ all: PLENTY, namespace: { perSecond: 1, burst: 2 } })
    for (const count of [1, 2]) {
      const asked = lookUp('shop', never)
      reads[count - 1]?.end()
      await asked
      await turn()
    }
    await expect(lookUp('shop', never)).rejects.toThrow(LookUpRefused)
    void lookUp('billing', never)
    expect(reads.map(({ namespace }) => namespace)).toEqual(['shop', 'shop', 'billing'])
  })

  test('a namespace may ask again in a while', async () => {
    const { lookUp, reads, time } = lookUpOf({ all: PLENTY, namespace: { perSecond: 1, burst: 1 } })
    const first = lookUp('shop', never)
    reads[0]?.end()
    await first
    await turn()
    await expect(lookUp('shop', never)).rejects.toThrow(LookUpRefused)
    time.now += 1000
    void lookUp('shop', never)
    expect(reads).toHaveLength(2)
  })

  test('invented namespaces together have a limit too', async () => {
    const { lookUp, reads } = lookUpOf({ all: { perSecond: 1, burst: 3 }, namespace: PLENTY })
    const asked = Array.from({ length: 50 }, (_, index) => lookUp(`invented-${index}`, never))
    const settled = Promise.allSettled(asked.slice(3))
    for (const { end } of reads) end()
    expect(new Set((await settled).map(({ status }) => status))).toEqual(new Set(['rejected']))
    expect(reads).toHaveLength(3)
  })
})

describe('who waits gives up', () => {
  test('and the read goes on for those who still wait', async () => {
    const { lookUp, reads } = lookUpOf()
    const leaving = new AbortController()
    const first = lookUp('shop', never)
    const [gone, stays] = [lookUp('shop', leaving.signal), lookUp('shop', never)]
    reads[0]?.end()
    await first
    await turn()
    leaving.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    expect(reads[1]?.signal.aborted).toBe(false)
    reads[1]?.end()
    expect(await stays).toBe(EMPTY_NAMESPACE)
  })

  test('and with the last of them the read ends', async () => {
    const { lookUp, reads } = lookUpOf()
    const leaving = new AbortController()
    const gone = lookUp('shop', leaving.signal)
    leaving.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    expect(reads[0]?.signal.aborted).toBe(true)
    await turn()
    void lookUp('shop', never)
    expect(reads).toHaveLength(2)
    expect(reads[1]?.signal.aborted).toBe(false)
  })

  test('a read that nobody waits for any more never begins', async () => {
    const { lookUp, reads } = lookUpOf()
    const leaving = new AbortController()
    const first = lookUp('shop', never)
    const gone = lookUp('shop', leaving.signal)
    leaving.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    reads[0]?.end()
    await first
    await turn()
    expect(reads).toHaveLength(1)
    void lookUp('shop', never)
    expect(reads, 'the line is not blocked by it').toHaveLength(2)
  })

  test('one who comes after all others gave up has a read of his own', async () => {
    const { lookUp, reads } = lookUpOf()
    const leaving = new AbortController()
    const first = lookUp('shop', never)
    const gone = lookUp('shop', leaving.signal)
    leaving.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    const late = lookUp('shop', never)
    reads[0]?.end()
    await first
    await turn()
    expect(reads).toHaveLength(2)
    reads[1]?.end()
    expect(await late).toBe(EMPTY_NAMESPACE)
  })
})
