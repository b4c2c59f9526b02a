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

  test('a name that would stand for another user has no rights, and nobody is asked', async () => {
    const { client, access } = asking({ status: { allowed: true } })
    expect(await access.get({ ...QUESTION, serviceAccount: 'a:b' }, SIGNAL)).toBe(false)
    expect(await access.get({ ...QUESTION, namespace: 'x:y' }, SIGNAL)).toBe(false)
    expect(client.asked).toEqual([])
  })
})
