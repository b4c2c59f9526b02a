import { describe, expect, test } from 'vitest'
import {
  DEFAULT_CALLER_RATES,
  makeClusterCallers,
  type CallerRates,
} from '../../src/review-api/cluster-callers.ts'
import type { Caller } from '../../src/review-api/callers.ts'
import { AnsweringClient, forbidden } from '../facts/answering-client.ts'

const TOKENS = 'POST /apis/authentication.k8s.io/v1/tokenreviews'
const RIGHTS = 'POST /apis/authorization.k8s.io/v1/subjectaccessreviews'
const SIGNAL = new AbortController().signal
const BOT = {
  username: 'system:serviceaccount:ci:bot',
  uid: '7',
  groups: ['system:serviceaccounts', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/credential-id': ['JTI=1'] },
}

function asking({ rates = DEFAULT_CALLER_RATES }: { rates?: CallerRates } = {}) {
  const client = new AnsweringClient({
    [TOKENS]: { status: { authenticated: true, user: BOT } },
    [RIGHTS]: { status: { allowed: true } },
  })
  const clock = { now: 0 }
  const identify = makeClusterCallers({ client, rates, clock: () => clock.now })
  const come = (authorization?: string, remoteAddress = '10.0.0.1'): Promise<Caller> =>
    identify({ headers: authorization === undefined ? {} : { authorization }, remoteAddress }, SIGNAL)
  return { client, clock, come }
}

const NONE = { perSecond: 0, burst: 0 }
const ONE = { perSecond: 0, burst: 1 }

describe('whose token it is', () => {
  test('the API server is asked, for its own audience, and once in ten seconds', async () => {
    const { client, clock, come } = asking()
    expect((await come('Bearer a.b.c')).name).toBe(BOT.username)
    await come('bearer a.b.c')
    expect(client.bodies).toEqual([
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'a.b.c' } },
    ])
    clock.now = 10_000
    client.answers.set(TOKENS, { status: { error: 'expired' } })
    await expect(come('Bearer a.b.c')).rejects.toMatchObject({ reason: 'Unauthorized' })
  })

  test('one token is never taken for another', async () => {
    const { client, come } = asking()
    await come('Bearer good')
    client.answers.set(TOKENS, { status: {} })
    await expect(come('Bearer bad')).rejects.toMatchObject({ reason: 'Unauthorized' })
    expect((await come('Bearer good')).name).toBe(BOT.username)
  })

  test('a bad token is remembered, too', async () => {
    const { client, come } = asking()
    client.answers.set(TOKENS, { status: { authenticated: false } })
    for (const _ of [1, 2, 3]) {
      await expect(come('Bearer x')).rejects.toMatchObject({
        reason: 'Unauthorized',
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      })
    }
    expect(client.asked).toEqual([TOKENS])
  })

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer ä', 'Bearer a,b'])(
    '%j has no token: the API server is not asked',
    async (authorization) => {
      const { client, come } = asking()
      await expect(come(authorization)).rejects.toMatchObject({
        reason: 'Unauthorized',
        headers: { 'www-authenticate': 'Bearer' },
      })
      expect(client.asked).toEqual([])
    },
  )

  test.each([
    ['is refused', forbidden()],
    ['names nobody', { status: { authenticated: true, user: {} } }],
  ])('a question that %s is no answer, and is asked again', async (_, answer) => {
    const { client, come } = asking()
    client.answers.set(TOKENS, answer)
    await expect(come('Bearer x')).rejects.toMatchObject({ name: 'FactUnavailable' })
    await expect(come('Bearer x')).rejects.toMatchObject({ name: 'FactUnavailable' })
    expect(client.asked).toHaveLength(2)
  })

  test('no token is in what is thrown', async () => {
    const { client, come } = asking()
    client.answers.set(TOKENS, forbidden())
    const error = await come('Bearer canary').catch((thrown: unknown) => thrown)
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain('canary')
  })

  test('an address that tries token after token is stopped, and others are not', async () => {
    const { client, come } = asking({
      rates: { ...DEFAULT_CALLER_RATES, tokens: { all: { perSecond: 0, burst: 2 }, one: ONE } },
    })
    client.answers.set(TOKENS, { status: {} })
    await expect(come('Bearer a', '10.0.0.1')).rejects.toMatchObject({ reason: 'Unauthorized' })
    await expect(come('Bearer b', '10.0.0.1')).rejects.toMatchObject({ name: 'FactUnavailable' })
    await expect(come('Bearer c', '10.0.0.2')).rejects.toMatchObject({ reason: 'Unauthorized' })
    await expect(come('Bearer d', '10.0.0.3')).rejects.toMatchObject({ name: 'FactUnavailable' })
    expect(client.asked).toHaveLength(2)
  })
})

describe('what a caller may ask about', () => {
  test('is asked with all that the token says of him', async () => {
    const { client, come } = asking()
    expect(await (await come('Bearer a')).mayAsk('shop', SIGNAL)).toBe(true)
    expect(client.bodies[1]).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: BOT.username,
        uid: BOT.uid,
        groups: BOT.groups,
        extra: BOT.extra,
        resourceAttributes: {
          verb: 'create',
          group: 'shared.dapr.io',
          resource: 'reviews',
          namespace: 'shop',
        },
      },
    })
  })

  test('is asked once for each namespace in ten seconds, a "no" as well', async () => {
    const { client, clock, come } = asking()
    const caller = await come('Bearer a')
    await caller.mayAsk('shop', SIGNAL)
    client.answers.set(RIGHTS, { status: { allowed: false } })
    expect(await caller.mayAsk('shop', SIGNAL)).toBe(true)
    expect(await caller.mayAsk('pay', SIGNAL)).toBe(false)
    expect(await caller.mayAsk('pay', SIGNAL)).toBe(false)
    expect(client.asked.filter((path) => path === RIGHTS)).toHaveLength(2)
    clock.now = 10_000
    expect(await caller.mayAsk('shop', SIGNAL)).toBe(false)
  })

  test('the right of one token is never that of another', async () => {
    const { client, come } = asking()
    await (await come('Bearer a')).mayAsk('shop', SIGNAL)
    client.answers.set(TOKENS, { status: { authenticated: true, user: { username: 'eve' } } })
    client.answers.set(RIGHTS, { status: { allowed: false } })
    expect(await (await come('Bearer b')).mayAsk('shop', SIGNAL)).toBe(false)
  })

  test.each([
    ['is refused', forbidden()],
    ['says nothing', { status: {} }],
  ])('a question that %s is unavailable, never "no" and never "yes"', async (_, answer) => {
    const { client, come } = asking()
    const caller = await come('Bearer a')
    client.answers.set(RIGHTS, answer)
    await expect(caller.mayAsk('shop', SIGNAL)).rejects.toMatchObject({ name: 'FactUnavailable' })
  })

  test('is asked within limits', async () => {
    const { come } = asking({ rates: { ...DEFAULT_CALLER_RATES, rights: { all: NONE, one: NONE } } })
    const caller = await come('Bearer a')
    await expect(caller.mayAsk('shop', SIGNAL)).rejects.toMatchObject({ name: 'FactUnavailable' })
  })
})
