import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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
  annotations: { 'dapr.io/shared': 'cart' },
  containers: ['app'],
  matched: true,
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
    const annotations = { 'dapr.io/shared': 'cart', 'dapr.io/enabled': 'true' }
    expect(lines).toEqual([
      { ...DECIDED, annotations, level: 'info', decision: 'denied', instance: '', findings },
    ])
  })

  test('has a line at info for a warning', async () => {
    const { ask, lines } = toldReviews()
    await ask(asking({ 'dapr.io/shared': 'idle' }))
    const findings = [{ rule: 'instance.not-ready', action: 'Warn', policy: 'built-in', count: 1 }]
    const annotations = { 'dapr.io/shared': 'idle' }
    expect(lines).toEqual([
      { ...DECIDED, annotations, level: 'info', decision: 'injected', instance: 'shop/idle', findings },
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

describe('what the log tells of a pod, so that its decision can be asked for again', () => {
  test('is its owner, what it asks for, and the names of its containers', async () => {
    const { ask, lines } = toldReviews()
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d', uid: 'u-1' }
    const pod = {
      metadata: { ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }] },
      spec: { initContainers: [{ name: 'init' }] },
      containers: [{ name: 'app' }, { name: 'proxy' }],
      labels: { app: 'web', 'shared.dapr.io/app-id': 'cart' },
    }
    const annotations = { 'dapr.io/shared': 'cart', 'dapr.io/app-id': 'cart', 'example.com/note': 'x' }
    await ask(asking(annotations, { pod }))
    expect(lines).toMatchObject([
      {
        owner,
        annotations: { 'dapr.io/shared': 'cart', 'dapr.io/app-id': 'cart' },
        labels: { 'shared.dapr.io/app-id': 'cart' },
        containers: ['app', 'proxy'],
        initContainers: ['init'],
      },
    ])
    expect(lines[0]).not.toHaveProperty('shortened')
    expect(JSON.stringify(lines)).not.toMatch(/note|blockOwner|"app":"web"/)
  })

  test('is what a change changed', async () => {
    const { ask, lines } = toldReviews()
    const oldObject = aPod({ annotations: { 'dapr.io/shared': 'idle', 'dapr.io/shared-odd': 'a' } })
    const annotations = { 'dapr.io/shared': 'cart', 'dapr.io/shared-odd': 'b' }
    await ask(asking(annotations, { operation: 'UPDATE', oldObject }), 'validate')
    expect(lines).toMatchObject([
      {
        operation: 'UPDATE',
        decision: 'denied',
        annotations: { 'dapr.io/shared': 'cart', 'dapr.io/shared-odd': 'not logged' },
        oldAnnotations: { 'dapr.io/shared': 'idle', 'dapr.io/shared-odd': 'not logged before' },
      },
    ])
  })

  test('is that it was being deleted, when it was changed', async () => {
    const { ask, lines } = toldReviews()
    const ending = aPod({ metadata: { deletionTimestamp: '2026-11-21T15:00:00Z' } })
    await ask(aReview({ operation: 'UPDATE', object: ending, oldObject: aPod() }), 'validate')
    expect(lines).toMatchObject([{ terminating: true }])
  })

  test('is whether it asks where the webhook serves', async () => {
    const { ask, lines } = toldReviews()
    const pod = { metadata: { namespace: 'kube-system' } }
    await ask(asking({ 'dapr.io/shared': 'cart' }, { namespace: 'kube-system', pod }))
    await ask(asking({}))
    expect(lines).toMatchObject([
      { matched: false, decision: 'unchanged' },
      { matched: false, decision: 'unchanged' },
    ])
  })

  test('is never a free text where names belong', async () => {
    const { ask, lines, text } = toldReviews()
    await ask(
      asking({
        'dapr.io/shared': 'cart',
        'dapr.io/shared-status': 'secretblob password=hidden',
        'dapr.io/shared-containers': 'Bearer hidden.hidden token',
        'dapr.io/shared-exclude-containers': 'App, b,',
      }),
    )
    await ask(
      asking({
        'dapr.io/shared': 'cart',
        'dapr.io/shared-status': '{"instance":"shop/idle","note":"hidden","service":"a hidden thing"}',
      }),
    )
    expect(text()).not.toContain('hidden')
    expect(lines).toMatchObject([
      {
        annotations: {
          'dapr.io/shared-status': 'not logged',
          'dapr.io/shared-containers': 'not logged',
          'dapr.io/shared-exclude-containers': 'App, b,',
        },
      },
      { annotations: { 'dapr.io/shared-status': '{"instance":"shop/idle"}' } },
    ])
  })

  test('is that a value changed, also where what is told of it did not', async () => {
    const { ask, lines } = toldReviews()
    const status = (note: string): string => JSON.stringify({ instance: 'shop/cart', note })
    const oldObject = aPod({ annotations: { 'dapr.io/shared-status': status('a') } })
    await ask(
      asking({ 'dapr.io/shared-status': status('b') }, { operation: 'UPDATE', oldObject }),
      'validate',
    )
    expect(lines).toMatchObject([
      {
        annotations: { 'dapr.io/shared-status': '{"instance":"shop/cart"}' },
        oldAnnotations: { 'dapr.io/shared-status': 'not logged before' },
      },
    ])
  })

  test('is never what somebody took for a place of a secret', async () => {
    const { ask, text } = toldReviews()
    await ask(
      asking({
        'dapr.io/shared': 'cart',
        'dapr.io/shared-tokn': 'hidden',
        'dapr.io/shared-token-secret': 'hidden',
      }),
    )
    expect(text()).toContain('"dapr.io/shared-tokn":"not logged"')
    expect(text()).not.toContain('hidden')
  })

  test('is short, plain, and says that it is not the whole truth, whatever the pod has', async () => {
    const { ask, lines, text } = toldReviews()
    const containers = Array.from({ length: 500 }, (_, index) => ({ name: `c${index}`.padEnd(5000, 'x') }))
    const many = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [
        `dapr.io/shared-${index}`.padEnd(3000, 'x'),
        'y'.repeat(100),
      ]),
    )
    const annotations = { 'dapr.io/shared': 'ca\u202ert\n', ...many }
    await ask(asking(annotations, { pod: { containers } }))
    expect(text().length).toBeLessThan(10_000)
    expect(text().trimEnd()).toMatch(/^[ -~]+$/)
    expect(lines).toMatchObject([{ shortened: true, annotations: { 'dapr.io/shared': 'ca?rt?' } }])
    expect(lines[0]?.['containers']).toHaveLength(40)
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

test('docs/operations.md lists every field of a decision, and no other', async () => {
  const { ask, lines } = toldReviews()
  const owner = { apiVersion: 'v1', kind: 'ReplicationController', name: 'x', uid: 'u', controller: true }
  const labels = { 'shared.dapr.io/app-id': 'cart' }
  const metadata = { ownerReferences: [owner], deletionTimestamp: '2026-11-21T15:00:00Z' }
  const pod = { metadata, spec: { initContainers: [{ name: 'i\n' }] }, labels }
  const oldObject = aPod({ annotations: {}, labels })
  await ask(asking({ 'dapr.io/shared': 'cart' }, { operation: 'UPDATE', oldObject, pod }), 'validate')
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' }
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' }
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: aPod() },
  }
  await ask(aReview({ kind, resource, object }), 'workloads')
  const written = new Set(lines.flatMap((line) => Object.keys(line)))
  for (const own of ['level', 'time', 'msg']) written.delete(own)

  const page = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
  const [section = ''] = page.split('\n## Logs\n')[1]?.split('\n## ') ?? []
  const words = [...section.matchAll(/`([a-z][A-Za-z]*)`/g)].map(([, word = '']) => word)
  // there is a trace under an SDK only: traces.contract.test.ts reads both fields there
  const others = ['info', 'debug', 'unknown', 'traceId', 'spanId']
  const documented = words.filter((word) => !others.includes(word))
  expect([...written].toSorted()).toEqual([...new Set(documented)].toSorted())
})
