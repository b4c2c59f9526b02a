import { describe, expect, test, vi } from 'vitest'
import type { SideRequest } from '../../src/admission/side-door.ts'
import { makeSettings } from '../../src/core/settings.ts'
import {
  DEFAULT_REVIEW_LIMITS,
  makeReviewApi,
  type RequestEvent,
  type ReviewApiParts,
} from '../../src/review-api/answer-request.ts'
import { unauthorized } from '../../src/review-api/bearer-token.ts'
import { anybody } from '../../src/review-api/callers.ts'
import { reviewAll } from '../../src/review-api/review-all.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { instance, pod } from '../cli/run.ts'
import { snapshotOf } from './an-api.ts'

const { inventory, policies, facts } = snapshotOf(instance('order'))
const known = { inventory, policies, settings: makeSettings([], 'dapr-shared-system'), now: 0 }

async function answered(parts: Partial<ReviewApiParts> = {}, asked: Partial<SideRequest> = {}) {
  const events: RequestEvent[] = []
  const readBody = vi.fn<SideRequest['readBody']>(async () => Buffer.from(pod('order')))
  const discardBody = vi.fn<SideRequest['discardBody']>(async () => undefined)
  const reply = await makeReviewApi({
    known: () => known,
    facts,
    identify: anybody,
    serves: () => true,
    isClosing: () => false,
    limits: DEFAULT_REVIEW_LIMITS,
    onAnswer: (event) => events.push(event),
    clock: () => 0,
    yieldTurn: async () => undefined,
    ...parts,
  })({
    method: 'POST',
    url: '/v1/review',
    headers: { 'content-type': 'application/yaml' },
    remoteAddress: '10.0.0.1',
    readBody,
    discardBody,
    ...asked,
  })
  return { reply, events, readBody, discardBody }
}

const NONE = { perSecond: 0, burst: 0 }

describe('the body', () => {
  const refusals: readonly [status: number, parts: Partial<ReviewApiParts>, asked: Partial<SideRequest>][] = [
    [503, { isClosing: () => true }, {}],
    [421, { serves: () => false }, {}],
    [405, {}, { method: 'PUT' }],
    [401, { identify: () => Promise.reject(unauthorized('who are you?')) }, {}],
    [429, { limits: { ...DEFAULT_REVIEW_LIMITS, rates: { all: NONE, caller: NONE } } }, {}],
    [400, {}, { url: '/v1/review?x=1' }],
    [415, {}, { headers: {} }],
    [413, {}, { headers: { 'content-type': 'application/yaml', 'content-length': '1048577' } }],
  ]
  test.each(refusals)(
    'of a request that is refused with %i is never looked at',
    async (status, parts, asked) => {
      const { reply, events, readBody, discardBody } = await answered(parts, asked)
      expect(reply.status).toBe(status)
      expect(readBody).not.toHaveBeenCalled()
      expect(discardBody).toHaveBeenCalledOnce()
      expect(events).toMatchObject([{ status, objects: 0 }])
    },
  )

  test('is read to one megabyte', async () => {
    const { reply, readBody } = await answered()
    expect(reply.status).toBe(200)
    expect(readBody.mock.calls).toEqual([[1024 * 1024]])
  })

  test('of a client that goes away is no error of ours', async () => {
    const gone = () => Promise.reject(new Error('the client went away'))
    const { events } = await answered({}, { readBody: gone, discardBody: gone })
    expect(events).toMatchObject([{ status: 400, reason: 'BadRequest' }])
  })
})

describe('a review of several objects', () => {
  const three = parseManifests(
    ['a', 'b', 'c'].map((name) => pod('order', { name })).join('---'),
    'request',
  ).manifests
  const review = (breathe: () => Promise<void> | undefined, signal = new AbortController().signal) =>
    reviewAll(three, { known, facts, defaultNamespace: 'default', longest: 1e6, breathe, signal })

  test('lets others have their turn after each', async () => {
    const breathe = vi.fn<() => undefined>()
    expect((await review(breathe)).objects).toBe(3)
    expect(breathe).toHaveBeenCalledTimes(3)
  })

  test('ends with its time', async () => {
    const stop = new AbortController()
    const breathe = vi.fn<() => undefined>(() => {
      stop.abort(new Error('time is up'))
      return undefined
    })
    await expect(review(breathe, stop.signal)).rejects.toThrow('time is up')
    expect(breathe).toHaveBeenCalledOnce()
  })
})
