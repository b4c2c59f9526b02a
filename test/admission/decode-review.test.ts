import { describe, expect, test } from 'vitest'
import { decodeReview, MalformedReview } from '../../src/admission/review.ts'
import { aPod, aReview, type ReviewParts } from './a-review.ts'
import { aDeployment, reviewOf } from './an-object.ts'

const decode = (parts: ReviewParts = {}) => decodeReview(aReview(parts))
const deployment = {
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
}

/** The reason for which a body is refused. */
function reasonOf(body: unknown): string {
  try {
    decodeReview(body)
  } catch (error) {
    if (error instanceof MalformedReview) return error.reason
    throw error
  }
  return 'decoded'
}

describe('what a review is about', () => {
  test('the creation of a pod: the very object of the body, not a copy', () => {
    const object = aPod()
    const { subject } = decode({ object })
    expect(subject).toEqual({ kind: 'create', pod: object })
    expect(subject.kind === 'create' && subject.pod).toBe(object)
  })

  test.each(['', undefined, 'status'])('the update of a pod, through subresource %j too', (subResource) => {
    const parts = {
      operation: 'UPDATE',
      oldObject: aPod({ labels: {} }),
      ...(subResource === undefined ? {} : { subResource }),
    }
    expect(decode(parts).subject).toEqual({ kind: 'update', pod: aPod(), oldPod: aPod({ labels: {} }) })
  })

  test('the labels of a binding', () => {
    const binding = { metadata: { name: 'web', labels: { a: 'b' } }, target: { kind: 'Node', name: 'n1' } }
    const kind = { group: '', version: 'v1', kind: 'Binding' }
    expect(decode({ subResource: 'binding', kind, object: binding }).subject).toEqual({
      kind: 'binding',
      labels: { a: 'b' },
    })
  })

  test.each<[string, ReviewParts]>([
    ['a deletion, which has no object', { operation: 'DELETE', object: null, oldObject: aPod() }],
    ['a connection', { operation: 'CONNECT', subResource: 'exec', object: { stdin: true } }],
    ['ephemeral containers', { operation: 'UPDATE', subResource: 'ephemeralcontainers', oldObject: aPod() }],
    ['a resize', { operation: 'UPDATE', subResource: 'resize', oldObject: aPod() }],
    ['an eviction', { subResource: 'eviction', kind: { group: 'policy', version: 'v1', kind: 'Eviction' } }],
    ['a deployment', { ...deployment, object: {} }],
    [
      'pods of another group',
      { ...deployment, resource: { group: 'metrics.k8s.io', version: 'v1', resource: 'pods' } },
    ],
  ])('nothing of ours: %s', (_name, parts) => {
    expect(decode(parts).subject).toEqual({ kind: 'other' })
  })

  test.each([
    [true, true],
    [false, false],
    [undefined, false],
    [null, false],
  ])('dryRun %j reads as %j', (dryRun, expected) => {
    expect(decode({ dryRun }).dryRun).toBe(expected)
  })

  test('the namespace is the request’s: the pod may not have its own yet', () => {
    const { namespace, subject } = decode({ object: aPod({ metadata: { namespace: undefined } }) })
    expect(namespace).toBe('shop')
    expect(subject.kind).toBe('create')
  })

  test('fields that this code does not know stay as they came', () => {
    const object = { ...aPod({ spec: { podLevelNovelty: { a: [1] } } }), newerField: 2 ** 53 }
    expect(decode({ object }).subject).toEqual({ kind: 'create', pod: object })
  })
})

describe('what no API server sends is refused with one word', () => {
  test.each<[string, unknown, string]>([
    ['null', null, 'NotAReview'],
    ['a list', [], 'NotAReview'],
    ['a number', 7, 'NotAReview'],
    ['a text', 'x', 'NotAReview'],
    ['no kind', {}, 'UnsupportedReviewVersion'],
    ['another kind', { ...aReview(), kind: 'Pod' }, 'UnsupportedReviewVersion'],
    ['v1beta1', { ...aReview(), apiVersion: 'admission.k8s.io/v1beta1' }, 'UnsupportedReviewVersion'],
    ['no apiVersion', { ...aReview(), apiVersion: undefined }, 'UnsupportedReviewVersion'],
    ['no request', { ...aReview(), request: undefined }, 'NotAReview'],
    ['a request that is null', { ...aReview(), request: null }, 'NotAReview'],
    ['a request that is a list', { ...aReview(), request: [] }, 'NotAReview'],
    [
      'a review inside __proto__',
      JSON.parse(`{"__proto__":${JSON.stringify(aReview())}}`),
      'UnsupportedReviewVersion',
    ],
  ])('%s', (_name, body, reason) => {
    expect(reasonOf(body)).toBe(reason)
  })

  test.each<[ReviewParts, string]>([
    [{ uid: undefined }, 'NotAReview'],
    [{ uid: '' }, 'NotAReview'],
    [{ uid: 7 }, 'NotAReview'],
    [{ uid: 'x'.repeat(129) }, 'NotAReview'],
    [{ uid: 'x'.repeat(128) }, 'decoded'],
    [{ operation: undefined }, 'ReviewMalformed'],
    [{ operation: 'create' }, 'ReviewMalformed'],
    [{ operation: 'PATCH' }, 'ReviewMalformed'],
    [{ operation: ['CREATE'] }, 'ReviewMalformed'],
    [{ namespace: 7 }, 'ReviewMalformed'],
    [{ namespace: '' }, 'ReviewMalformed'],
    [{ namespace: undefined }, 'ReviewMalformed'],
    [{ namespace: 'shop\n' }, 'ReviewMalformed'],
    [{ dryRun: 'true' }, 'ReviewMalformed'],
    [{ resource: undefined }, 'ReviewMalformed'],
    [{ kind: 'Pod' }, 'ReviewMalformed'],
    [{ kind: deployment.kind }, 'ReviewMalformed'],
    [{ resource: { group: '', version: 'v1', resource: 'configmaps' } }, 'ReviewMalformed'],
    [{ object: null }, 'PodMalformed'],
    [{ object: undefined }, 'PodMalformed'],
    [{ object: 'pod' }, 'PodMalformed'],
    [{ operation: 'UPDATE' }, 'PodMalformed'],
    [{ operation: 'UPDATE', oldObject: [] }, 'PodMalformed'],
    [{ namespace: 'other' }, 'NamespaceMismatch'],
    [{ operation: 'UPDATE', oldObject: aPod({ metadata: { namespace: 'other' } }) }, 'NamespaceMismatch'],
  ])('%j: %s', (parts, reason) => {
    expect(reasonOf(aReview(parts))).toBe(reason)
  })

  test.each([undefined, '', 'Shop', 'shop/../pay', 'x'.repeat(64)])(
    'a workload of namespace %j, which cannot be',
    (namespace) => {
      const review = reviewOf('CREATE', { object: aDeployment('cart') })
      const request = { ...(review['request'] as object), namespace }
      expect(reasonOf({ ...review, request })).toBe('ReviewMalformed')
    },
  )

  const pods: readonly [string, unknown][] = [
    ['no metadata', { ...aPod(), metadata: undefined }],
    ['no spec', { ...aPod(), spec: undefined }],
    ['no containers', aPod({ containers: undefined, spec: { containers: undefined } })],
    ['containers that are an object', aPod({ containers: {} })],
    ['a container that is null', aPod({ containers: [null] })],
    ['a container without a name', aPod({ containers: [{ image: 'x' }] })],
    ['init containers that are an object', aPod({ spec: { initContainers: {} } })],
    ['variables that are an object', aPod({ containers: [{ name: 'app', env: {} }] })],
    ['a variable that is null', aPod({ containers: [{ name: 'app', env: [null] }] })],
    ['a variable without a name', aPod({ containers: [{ name: 'app', env: [{ value: 'x' }] }] })],
    [
      'a variable whose value is a number',
      aPod({ containers: [{ name: 'app', env: [{ name: 'A', value: 7 }] }] }),
    ],
    ['envFrom that is an object', aPod({ containers: [{ name: 'app', envFrom: {} }] })],
    ['annotations that are a list', aPod({ annotations: [] as unknown as null })],
    ['an annotation that is null', aPod({ annotations: { 'dapr.io/shared': null } })],
    ['an annotation that is a number', aPod({ annotations: { 'dapr.io/shared': 7 } })],
    ['an annotation that is an object', aPod({ annotations: { 'dapr.io/shared': {} } })],
    ['a label that is true', aPod({ labels: { app: true } as unknown as null })],
  ]
  test.each([null, []])(
    'but a pod whose containers are %j is left to the validation that follows',
    (containers) => {
      expect(decodeReview(aReview({ object: aPod({ containers }) })).subject).toEqual({ kind: 'other' })
      const update = aReview({ operation: 'UPDATE', object: aPod({ containers }), oldObject: aPod() })
      expect(reasonOf(update)).toBe('PodMalformed')
    },
  )

  test.each(pods)('a pod with %s: PodMalformed', (_name, object) => {
    expect(reasonOf(aReview({ object }))).toBe('PodMalformed')
  })
})
