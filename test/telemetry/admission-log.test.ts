import { describe, expect, test } from 'vitest'
import { aPod, aReview, type PodParts, type ReviewParts } from '../admission/a-review.ts'
import { toldReviews } from './told-reviews.ts'

const asking = (annotations: Record<string, string>, parts: ReviewParts & { pod?: PodParts } = {}) => {
  const { pod, ...review } = parts
  return aReview({ uid: 'u1', object: aPod({ annotations, ...pod }), ...review })
}

const DECIDED = {
  time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
  webhook: 'mutate',
  uid: 'u1',
  operation: 'CREATE',
  dryRun: false,
  namespace: 'shop',
  pod: 'web',
  serviceAccount: 'default',
  milliseconds: 2,
  msg: 'decided',
}

describe('the log of decisions', () => {
  test('has a line at debug for a pod that is admitted', async () => {
    const { ask, lines } = toldReviews()
    await ask(asking({ 'dapr.io/shared': 'cart' }))
    expect(lines).toEqual([
      { ...DECIDED, level: 'debug', decision: 'injected', instance: 'shop/cart', findings: [] },
    ])
  })

  test('has a line at info for a refusal, with its rules', async () => {
    const { ask, lines } = toldReviews()
    await ask(asking({ 'dapr.io/shared': 'cart', 'dapr.io/enabled': 'true' }))
    const findings = [{ rule: 'sidecar.conflict', action: 'Deny', policy: 'built-in', count: 1 }]
    expect(lines).toEqual([{ ...DECIDED, level: 'info', decision: 'denied', instance: '', findings }])
  })

  test('has a line at info for a warning', async () => {
    const { ask, lines } = toldReviews()
    await ask(asking({ 'dapr.io/shared': 'idle' }))
    const findings = [{ rule: 'instance.not-ready', action: 'Warn', policy: 'built-in', count: 1 }]
    expect(lines).toEqual([
      { ...DECIDED, level: 'info', decision: 'injected', instance: 'shop/idle', findings },
    ])
  })

  test('has a line at info for a warning that no rule makes', async () => {
    const { ask, lines } = toldReviews()
    await ask(asking({ 'dapr.io/shared': 'cart', 'kubernetes.io/config.mirror': 'x' }))
    expect(lines).toMatchObject([{ level: 'info', decision: 'unchanged' }])
  })

  test('is silent at info about pods that are simply admitted', async () => {
    const { ask, lines } = toldReviews({ level: 'info' })
    await ask(asking({ 'dapr.io/shared': 'cart' }))
    await ask(asking({}))
    expect(lines).toEqual([])
  })

  test('says that a review was a dry run', async () => {
    const { ask, lines } = toldReviews()
    await ask(asking({ 'dapr.io/shared': 'nobody' }, { dryRun: true }))
    expect(lines).toMatchObject([{ level: 'info', dryRun: true, decision: 'denied' }])
  })

  test('names a pod that has only the beginning of a name', async () => {
    const { ask, lines } = toldReviews()
    await ask(
      asking({ 'dapr.io/shared': 'cart' }, { pod: { metadata: { name: undefined, generateName: 'web-' } } }),
    )
    expect(lines).toMatchObject([{ pod: 'web-*' }])
  })
})

describe('the log of reviews without a verdict', () => {
  test('a review that was handed over is a warning with its reason', async () => {
    const { ask, lines } = toldReviews({ known: () => undefined })
    await ask(asking({ 'dapr.io/shared': 'cart' }))
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'handed over', reason: 'NotSynced', uid: 'u1', pod: 'web' },
    ])
  })

  test('a look-up that failed is told with its error', async () => {
    const { ask, lines } = toldReviews({ lookUp: () => Promise.reject(new Error('connect ECONNREFUSED')) })
    await ask(asking({ 'dapr.io/shared': 'nobody' }))
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'handed over', reason: 'LookUpFailed', err: { message: 'connect ECONNREFUSED' } },
    ])
  })

  test('our own error is an error, with where it came from', async () => {
    const known = () => {
      throw new Error('a bug')
    }
    const { ask, lines } = toldReviews({ known })
    await ask(asking({ 'dapr.io/shared': 'cart' }))
    expect(lines).toMatchObject([
      {
        level: 'error',
        msg: 'failed',
        uid: 'u1',
        err: { message: 'a bug', stack: expect.stringContaining('told-reviews') as string },
      },
    ])
  })

  test('what is no review is a warning with one word of it', async () => {
    const { ask, lines } = toldReviews()
    await ask({ kind: 'AdmissionReview', secret: 'x' })
    expect(lines).toMatchObject([{ level: 'warn', msg: 'not a review', reason: 'UnsupportedReviewVersion' }])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })
})

describe('whatever stands where a name should', () => {
  test('a newline, an escape and letters that turn a line around stay one line of plain text', async () => {
    const { ask, lines, text } = toldReviews()
    const odd = 'web\n{"level":"info"}\u001b[31m\u009b\u202e'
    const pod = { metadata: { name: odd }, spec: { serviceAccountName: odd } }
    await ask(asking({ 'dapr.io/shared': 'cart' }, { uid: odd, pod }))
    expect(text().split('\n')).toHaveLength(2)
    expect(text().trimEnd()).toMatch(/^[ -~]+$/)
    const shown = 'web?{"level":"info"}?[31m??'
    expect(lines).toMatchObject([{ uid: shown, pod: shown, serviceAccount: shown }])
  })

  test('a long text is cut, and an object is not told at all: bodies stay out of the log', async () => {
    const { ask, lines, text } = toldReviews()
    const pod = {
      metadata: { name: 'x'.repeat(1_000_000) },
      spec: { serviceAccountName: { token: 'hidden' } },
    }
    await ask(asking({ 'dapr.io/shared': 'cart' }, { pod }))
    expect(text().length).toBeLessThan(2000)
    expect(text()).not.toContain('hidden')
    expect(lines).toMatchObject([{ pod: 'x'.repeat(253) }])
  })

  test('a namespace that is none is no review, and is not told', async () => {
    const { ask, lines, text } = toldReviews()
    const pod = { metadata: { namespace: undefined } }
    await ask(asking({ 'dapr.io/shared': 'cart' }, { namespace: 'shop\nhidden', pod }))
    expect(lines).toMatchObject([{ level: 'warn', reason: 'ReviewMalformed' }])
    expect(text()).not.toContain('hidden')
  })

  test('a rule that fires for many containers is told once, with how often', async () => {
    const { ask, lines } = toldReviews()
    const containers = Array.from({ length: 200 }, (_, index) => ({
      name: `c${index}`,
      env: [{ name: 'DAPR_HTTP_ENDPOINT', value: 'http://mine:1' }],
    }))
    await ask(asking({ 'dapr.io/shared': 'cart' }, { pod: { containers } }))
    const findings = [{ rule: 'env.conflict', action: 'Warn', policy: 'built-in', count: 200 }]
    expect(lines).toMatchObject([{ level: 'info', decision: 'injected', findings }])
  })
})
