import { describe, expect, test } from 'vitest'
import { DEFAULT_ACCESS_RATES, makeAccessLookUp } from '../../src/facts/access.ts'
import { AnsweringClient, forbidden } from './answering-client.ts'

const REVIEWS = 'POST /apis/authorization.k8s.io/v1/subjectaccessreviews'
const SIGNAL = new AbortController().signal
const QUESTION = {
  namespace: 'pay',
  serviceAccount: 'cashier',
  instance: { namespace: 'shop', appId: 'order' },
}

function asking(answer: unknown) {
  const client = new AnsweringClient({ [REVIEWS]: answer })
  const clock = { now: 0 }
  const access = makeAccessLookUp({ client, rates: DEFAULT_ACCESS_RATES, clock: () => clock.now })
  return { client, clock, access }
}

describe('may a ServiceAccount use an instance', () => {
  test('is asked with the user and the groups that its token would have', async () => {
    const { client, access } = asking({ status: { allowed: true } })
    expect(await access.get(QUESTION, SIGNAL)).toBe(true)
    expect(client.bodies).toMatchObject([
      {
        kind: 'SubjectAccessReview',
        spec: {
          user: 'system:serviceaccount:pay:cashier',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:pay', 'system:authenticated'],
          resourceAttributes: {
            verb: 'use',
            group: 'shared.dapr.io',
            resource: 'daprsharedinstances',
            namespace: 'shop',
            name: 'order',
          },
        },
      },
    ])
  })

  test('an answer holds for ten seconds from its question, a "no" as well as a "yes"', async () => {
    const { client, clock, access } = asking({ status: { allowed: false } })
    expect(await access.get(QUESTION, SIGNAL)).toBe(false)
    client.answers.set(REVIEWS, { status: { allowed: true } })
    clock.now = 9_999
    expect(await access.get(QUESTION, SIGNAL)).toBe(false)
    clock.now = 10_000
    expect(access.peek(QUESTION)).toBeUndefined()
    expect(await access.get(QUESTION, SIGNAL)).toBe(true)
  })

  test.each([
    ['is refused', forbidden()],
    ['says nothing', { status: {} }],
  ])('a question that %s is unavailable, never "no" and never "yes"', async (_, answer) => {
    const { access } = asking(answer)
    await expect(access.get(QUESTION, SIGNAL)).rejects.toMatchObject({ name: 'FactUnavailable' })
    expect(access.peek(QUESTION)).toBeUndefined()
  })

  test.each([
    ['that would stand for another user', { serviceAccount: 'a:b' }],
    ['of a namespace that would', { namespace: 'x:y' }],
    ['that is too long', { serviceAccount: 'x'.repeat(1_000_000) }],
    ['of a namespace that is too long', { namespace: 'x'.repeat(64) }],
    ['of an instance that is too long', { instance: { namespace: 'shop', appId: 'x'.repeat(64) } }],
    ['of an instance in an odd place', { instance: { namespace: 'a/b', appId: 'order' } }],
  ])('a name %s has no rights: that is known at once, and nobody is asked', async (_, odd) => {
    const { client, access } = asking({ status: { allowed: true } })
    expect(access.peek({ ...QUESTION, ...odd })).toBe(false)
    expect(await access.get({ ...QUESTION, ...odd }, SIGNAL)).toBe(false)
    expect(client.asked).toEqual([])
  })

  test('impossible names use up none of the questions that others may ask', async () => {
    const { access } = asking({ status: { allowed: true } })
    for (let number = 0; number < 1000; number++)
      await access.get({ ...QUESTION, serviceAccount: `no such ${number}` }, SIGNAL)
    expect(await access.get(QUESTION, SIGNAL)).toBe(true)
  })
})
