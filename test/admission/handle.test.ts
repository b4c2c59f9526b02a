import { describe, expect, test } from 'vitest'
import { aHandler, asking, SHOP, verdictOf } from './a-handler.ts'
import { aPod, aReview } from './a-review.ts'
import { ungoverned } from './known-facts.ts'

const LIMIT = 1000

describe('one review', () => {
  test('is answered at once where nothing must be looked up', () => {
    const { handle, events } = aHandler()
    const reply = handle('mutate', asking('cart'), LIMIT)
    expect(reply).not.toBeInstanceOf(Promise)
    expect(verdictOf(reply as Awaited<typeof reply>).allowed).toBe(true)
    expect(events.told).toEqual([{ event: 'decided', outcome: 'injected' }])
  })

  test.each([
    ['cart', 'injected'],
    ['Cart', 'denied'],
    ['missing', 'denied'],
  ])('is told exactly once: an ask for %j is %s', async (appId, outcome) => {
    const { handle, events } = aHandler()
    await handle('mutate', asking(appId), LIMIT)
    expect(events.told).toEqual([{ event: 'decided', outcome }])
    expect(events.lookUps).toEqual([])
  })

  test('is told with the time it took', async () => {
    const times: number[] = []
    const ticks = [100, 107]
    const { events } = aHandler()
    const { handle } = aHandler({
      clock: () => ticks.shift() ?? 0,
      events: { ...events, podDecided: ({ milliseconds }) => void times.push(milliseconds) },
    })
    await handle('mutate', asking('cart'), LIMIT)
    expect(times).toEqual([7])
  })

  test('of a dry run is answered like any other', async () => {
    const { handle } = aHandler()
    const real = await handle('mutate', asking('cart'), LIMIT)
    expect(await handle('mutate', asking('cart', { dryRun: true }), LIMIT)).toEqual(real)
  })

  test('is decided on one state of the cluster', async () => {
    let reads = 0
    const { handle } = aHandler({
      known: () => {
        reads += 1
        return ungoverned(SHOP)
      },
    })
    await handle('mutate', asking('cart'), LIMIT)
    expect(reads).toBe(1)
  })
})

describe('no verdict', () => {
  test('before the cluster was read: 503, to be asked again in a second', async () => {
    const { handle, events } = aHandler({ known: () => undefined })
    for (const appId of ['cart', 'missing']) {
      expect(await handle('mutate', asking(appId), LIMIT)).toEqual({
        status: 503,
        body: '{"error":"NotSynced"}',
        retryAfter: 1,
      })
    }
    const handedOver = { event: 'handedOver', reason: 'NotSynced' }
    expect(events.told).toEqual([handedOver, handedOver])
  })

  test.each([
    [undefined, 'NotAReview'],
    [{}, 'UnsupportedReviewVersion'],
    [aReview({ operation: 'PATCH' }), 'ReviewMalformed'],
    [aReview({ object: aPod({ containers: [{}] }) }), 'PodMalformed'],
    [aReview({ namespace: 'other' }), 'NamespaceMismatch'],
  ])('for what is no review: 400 and one word (case %#)', async (body, reason) => {
    const { handle, events } = aHandler({ known: () => undefined })
    expect(await handle('mutate', body, LIMIT)).toEqual({
      status: 400,
      body: JSON.stringify({ error: reason }),
    })
    expect(events.told).toEqual([{ event: 'malformed', reason }])
  })

  test('for our own errors: 500, never a refusal, and not a word of the error', async () => {
    const { handle, events } = aHandler({
      known: () => {
        throw new Error('a bug with a secret in it')
      },
    })
    expect(await handle('mutate', asking('cart'), LIMIT)).toEqual({
      status: 500,
      body: '{"error":"InternalError"}',
    })
    expect(events.told).toEqual([{ event: 'failed', reason: 'InternalError' }])
    expect(events.errors).toEqual([new Error('a bug with a secret in it')])
  })

  test('for a value that nobody foresaw inside a pod', async () => {
    const { handle, events } = aHandler()
    const object = aPod()
    Object.defineProperty(object, 'metadata', {
      get() {
        throw new RangeError('Maximum call stack size exceeded')
      },
    })
    expect(await handle('mutate', aReview({ object }), LIMIT)).toMatchObject({ status: 500 })
    expect(events.told).toHaveLength(1)
  })
})
