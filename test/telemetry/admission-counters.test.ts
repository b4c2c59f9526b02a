import { describe, expect, test, vi } from 'vitest'
import { EMPTY_NAMESPACE } from '../../src/core/inventory.ts'
import { aPod, aReview, type ReviewParts } from '../admission/a-review.ts'
import { readSamples, valuesOf } from './scraped.ts'
import { toldReviews } from './told-reviews.ts'
import { PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)

const REQUESTS = 'dapr_shared_admission_requests_total'
const FINDINGS = 'dapr_shared_findings_total'
const asking = (appId: string, parts: ReviewParts = {}) =>
  aReview({ object: aPod({ annotations: { 'dapr.io/shared': appId } }), ...parts })

describe('the counter of reviews', () => {
  test('counts each once, by webhook, operation, decision and dry run', async () => {
    const { ask, scrape } = toldReviews()
    await ask(asking('cart'))
    await ask(asking('nobody'))
    await ask(asking('nobody'), 'validate')
    await ask(asking('cart', { dryRun: true }))
    await ask(aReview({ object: aPod({ annotations: {} }) }))
    await ask(aReview({ operation: 'DELETE', object: null }))
    await ask('no review')
    expect(valuesOf(await scrape(), REQUESTS)).toEqual({
      'mutate CREATE injected false': 1,
      'mutate CREATE denied false': 1,
      'validate CREATE denied false': 1,
      'mutate CREATE injected true': 1,
      'mutate CREATE unchanged false': 1,
      'mutate DELETE unchanged false': 1,
      'mutate unknown error false': 1,
    })
  })

  test('tells what was handed over from our own errors', async () => {
    const unsynced = toldReviews({ known: () => undefined })
    await unsynced.ask(asking('cart'))
    expect(valuesOf(await unsynced.scrape(), REQUESTS)).toEqual({ 'mutate CREATE handed_over false': 1 })

    const broken = toldReviews({
      known: () => {
        throw new Error('a bug')
      },
    })
    await broken.ask(asking('cart'))
    expect(valuesOf(await broken.scrape(), REQUESTS)).toEqual({ 'mutate CREATE error false': 1 })
  })

  test('counts what was handed over unread', async () => {
    const { events, scrape } = toldReviews()
    events.shed('validate')
    expect(valuesOf(await scrape(), REQUESTS)).toEqual({ 'validate unknown handed_over false': 1 })
  })

  test('the duration of each is observed in seconds', async () => {
    const { ask, scrape } = toldReviews()
    await ask(asking('cart'))
    await ask(asking('nobody'))
    expect(valuesOf(await scrape(), 'dapr_shared_admission_duration_seconds_sum')).toEqual({ mutate: 0.004 })
    expect(valuesOf(await scrape(), 'dapr_shared_admission_duration_seconds_count')).toEqual({ mutate: 2 })
  })
})

describe('a dry run', () => {
  test('leaves no trace but the label of the counter of reviews', async () => {
    const { ask, scrape } = toldReviews({ lookUp: () => Promise.resolve(EMPTY_NAMESPACE) })
    const before = await scrape()
    await ask(asking('idle', { dryRun: true }))
    await ask(asking('nobody', { dryRun: true }), 'validate')
    const after = await scrape()
    expect(valuesOf(after, REQUESTS)).toEqual({
      'mutate CREATE injected true': 1,
      'validate CREATE denied true': 1,
    })
    const others = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith(REQUESTS))
    expect(others(after)).toEqual(others(before))
  })
})

describe('the counter of findings', () => {
  test('counts those of all actions', async () => {
    const { ask, scrape } = toldReviews()
    await ask(asking('nobody'))
    await ask(asking('idle'))
    expect(valuesOf(await scrape(), FINDINGS)).toMatchObject({
      'instance.missing Deny built-in': 1,
      'instance.not-ready Warn built-in': 1,
      'security.api-token Audit built-in': 1,
    })
  })
})

describe('live look-ups', () => {
  test('are counted by what came of them', async () => {
    const { ask, scrape } = toldReviews({ lookUp: () => Promise.reject(new Error('no answer')) })
    await ask(asking('nobody'))
    expect(valuesOf(await scrape(), 'dapr_shared_live_lookups_total')).toEqual({ failed: 1 })
  })
})

test('no label grows with pods: a thousand of them make no more samples than one', async () => {
  const samplesAfter = async (count: number): Promise<number> => {
    const { ask, scrape } = toldReviews({ level: 'silent' })
    for (let index = 0; index < count; index++) {
      const metadata = { name: `pod-${index}`, namespace: `ns-${index}` }
      const object = aPod({
        metadata,
        annotations: { 'dapr.io/shared': `app-${index}`, [`dapr.io/shared-x${index}`]: '' },
      })
      await ask(aReview({ uid: `uid-${index}`, namespace: `ns-${index}`, object }))
    }
    return readSamples(await scrape()).length
  }
  expect(await samplesAfter(1000)).toBe(await samplesAfter(1))
})

describe('a dry run', () => {
  test('leaves no trace but the label of its request', async () => {
    const { ask, scrape } = toldReviews({ lookUp: () => Promise.reject(new Error('no answer')) })
    const before = await scrape()
    await ask(asking('cart', { dryRun: true }))
    await ask(asking('nobody', { dryRun: true }))
    const after = await scrape()
    expect(valuesOf(after, REQUESTS)).toEqual({
      'mutate CREATE injected true': 1,
      'mutate CREATE handed_over true': 1,
    })
    for (const name of [
      'dapr_shared_admission_duration_seconds_count',
      'dapr_shared_live_lookups_total',
      FINDINGS,
    ]) {
      expect(valuesOf(after, name), name).toEqual(valuesOf(before, name))
    }
  })
})
