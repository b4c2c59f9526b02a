import { describe, expect, test, vi } from 'vitest'
import { aPod, aReview, type ReviewParts } from '../admission/a-review.ts'
import { toldReviews } from './told-reviews.ts'
import { PATIENT } from '../admission/patience.ts'
import { ungoverned } from '../admission/known-facts.ts'

vi.setConfig(PATIENT)

const CANARY = 'canary-3f9c1d'

/** A pod that carries the canary wherever a tenant may put a secret. */
function carrying(annotations: Record<string, string>, parts: ReviewParts = {}) {
  const secret = { secretKeyRef: { name: CANARY, key: CANARY } }
  const env = [
    { name: 'PASSWORD', value: CANARY },
    { name: 'DAPR_API_TOKEN', value: CANARY },
    { name: 'DAPR_HTTP_ENDPOINT', value: `http://user:${CANARY}@elsewhere:1` },
    { name: 'OTHER', valueFrom: secret },
  ]
  const object = aPod({
    annotations: { 'example.com/token': CANARY, [`example.com/${CANARY}`]: 'x', ...annotations },
    labels: { token: CANARY },
    containers: [
      {
        name: 'app',
        image: `registry/${CANARY}`,
        env,
        envFrom: [{ secretRef: { name: CANARY } }],
        args: [CANARY],
      },
    ],
    spec: { imagePullSecrets: [{ name: CANARY }], volumes: [{ name: 'v', secret: { secretName: CANARY } }] },
  })
  return aReview({ object, ...parts })
}

const reviews: readonly [string, unknown][] = [
  ['an admitted pod', carrying({ 'dapr.io/shared': 'cart' })],
  ['a pod with warnings', carrying({ 'dapr.io/shared': 'idle', 'dapr.io/shared-stratgy': 'x' })],
  ['a refused pod', carrying({ 'dapr.io/shared': 'nobody' })],
  ['an invalid pod', carrying({ 'dapr.io/shared': 'Cart' })],
  ['a pod with a sidecar', carrying({ 'dapr.io/shared': 'cart', 'dapr.io/enabled': 'true' })],
  ['a dry run', carrying({ 'dapr.io/shared': 'cart' }, { dryRun: true })],
  ['an update', carrying({ 'dapr.io/shared': 'cart' }, { operation: 'UPDATE', oldObject: aPod() })],
  ['a malformed pod', carrying({ 'dapr.io/shared': 'cart' }, { namespace: 'other' })],
  ['what is no review', { kind: CANARY, apiVersion: CANARY, request: CANARY }],
  ['an unknown operation', aReview({ operation: CANARY })],
]

describe('a secret of a pod', () => {
  test.each(reviews)('%s: is in no log line, no metric and no answer', async (_name, review) => {
    const { ask, text, scrape } = toldReviews({ level: 'trace' })
    const answers = [await ask(review, 'mutate'), await ask(review, 'validate')]
    const decoded = answers.map((answer) => {
      const { response } = JSON.parse(answer) as { response?: { patch?: string } }
      return Buffer.from(response?.patch ?? '', 'base64').toString()
    })
    expect(text(), 'there is a log').not.toBe('')
    expect([text(), await scrape(), ...answers, ...decoded].join('\n')).not.toContain(CANARY)
  })

  test('is in no log line when we fail', async () => {
    const { ask, text } = toldReviews({
      level: 'trace',
      lookUp: () => Promise.reject(new Error('no answer')),
      known: () => ungoverned(new Map()),
    })
    await ask(carrying({ 'dapr.io/shared': 'cart' }))
    expect(text()).toContain('LookUpFailed')
    expect(text()).not.toContain(CANARY)
  })
})
