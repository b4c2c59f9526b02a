import { describe, expect, test } from 'vitest'
import { isReviewable } from '../../src/review/review-manifest.ts'
import { ManifestError } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { itemOf, podYaml, resultOf, reviewAll } from './review-text.ts'

describe('an item has every part of its shape, in this order', () => {
  const parts = ['source', 'object', 'allowed', 'matched', 'findings', 'warnings', 'patch', 'env']

  test.each([
    ['injected', podYaml('web', '{dapr.io/shared: orders}')],
    ['refused', podYaml('web', '{dapr.io/shared: nothing}')],
    ['not asking', podYaml('web', '{}')],
    [
      'a workload',
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: {spec: {containers: [{name: a}]}}}}',
    ],
    ['a review', reviewOf('DELETE', 'null', podYaml('web', '{dapr.io/shared: orders}'))],
  ])('%s', async (_, text) => {
    const item = await itemOf(text)
    expect(Object.keys(item)).toEqual(parts)
    expect(item).not.toContain(undefined)
    expect(JSON.parse(JSON.stringify(item))).toEqual(item)
  })

  test('of a pod that is admitted', async () => {
    expect(
      await itemOf(
        podYaml('web', '{dapr.io/shared: orders}', '{containers: [{name: app, env: [{name: A, value: b}]}]}'),
      ),
    ).toEqual({
      source: { file: 'input.yaml', document: 1, line: 1 },
      object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
      allowed: true,
      matched: true,
      findings: [],
      warnings: [],
      patch: [
        {
          op: 'add',
          path: '/spec/containers/0/env/0',
          value: { name: 'DAPR_HTTP_ENDPOINT', value: 'http://orders-dapr.shop.svc.cluster.local:3500' },
        },
        {
          op: 'add',
          path: '/spec/containers/0/env/1',
          value: { name: 'DAPR_GRPC_ENDPOINT', value: 'http://orders-dapr.shop.svc.cluster.local:50001' },
        },
        {
          op: 'add',
          path: '/spec/containers/0/env/2',
          value: { name: 'DAPR_API_TOKEN', valueFrom: { secretKeyRef: { name: 'orders', key: 'token' } } },
        },
        {
          op: 'add',
          path: '/metadata/labels',
          value: { 'shared.dapr.io/app-id': 'orders', 'shared.dapr.io/app-namespace': 'shop' },
        },
        {
          op: 'add',
          path: '/metadata/annotations/dapr.io~1shared-status',
          value:
            '{"instance":"shop/orders","strategy":"daemonset","service":"shop/orders-dapr","containers":["app"]}',
        },
      ],
      env: {
        app: {
          DAPR_HTTP_ENDPOINT: 'http://orders-dapr.shop.svc.cluster.local:3500',
          DAPR_GRPC_ENDPOINT: 'http://orders-dapr.shop.svc.cluster.local:50001',
          DAPR_API_TOKEN: 'secretKeyRef:orders/token',
          A: 'b',
        },
      },
    })
  })

  test('of a pod that is refused: no patch, no variables', async () => {
    const { findings, ...item } = await itemOf(podYaml('web', '{dapr.io/shared: Orders}'))
    expect(item).toMatchObject({ allowed: false, matched: true, warnings: [], patch: [], env: {} })
    expect(findings).toEqual([
      {
        rule: 'annotation.invalid',
        action: 'Deny',
        severity: 'High',
        policy: 'built-in',
        message: 'the annotation dapr.io/shared is "Orders", but values are exact.',
        cure: 'Write "orders".',
        field: 'metadata.annotations["dapr.io/shared"]',
        source: { file: 'input.yaml', document: 1, line: 1 },
        exception: '',
      },
    ])
  })
})

describe('every object of the input has its item', () => {
  const text = `# a comment
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: one, namespace: shop}
  spec: {containers: [{name: a}]}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: none}
- apiVersion: batch/v1
  kind: Job
  metadata: {name: two}
  spec: {template: {spec: {containers: [{name: a}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: none}
---
apiVersion: v1
kind: Pod
metadata: {generateName: three-}
spec: {containers: [{name: a}]}
`

  test('with file, document and line', async () => {
    expect((await resultOf(text)).items.map(({ source }) => source)).toEqual([
      { file: 'input.yaml', document: 1, line: 5 },
      { file: 'input.yaml', document: 1, line: 12 },
      { file: 'input.yaml', document: 3, line: 21 },
    ])
  })

  test('as it is written, in the namespace that it would get', async () => {
    expect((await resultOf(text)).items.map(({ object }) => object)).toEqual([
      { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'one' },
      { apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name: 'two' },
      { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'three-' },
    ])
  })
})

describe('a finding says where it is to blame', () => {
  const findingsOf = async (text: string): Promise<string[]> =>
    (await itemOf(text)).findings.map(({ rule, field, source }) => `${rule} ${field}:${source.line}`)

  test('in a pod', async () => {
    const text = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    dapr.io/shared: orders
    dapr.io/shared-typo: x
spec:
  dnsPolicy: None
  containers:
  - name: app
  - name: worker
    env:
    - {name: DAPR_HTTP_ENDPOINT, value: http://elsewhere}
    envFrom:
    - configMapRef: {name: c}
`
    expect(await findingsOf(text)).toEqual([
      'annotation.unknown metadata.annotations["dapr.io/shared-typo"]:8',
      'env.conflict spec.containers[1].env:14',
      'env.conflict spec.containers[1].envFrom:16',
      'dns.unresolvable spec.dnsPolicy:10',
    ])
  })

  test('in the template of a workload', async () => {
    const text = `apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        metadata:
          annotations:
            dapr.io/shared: nothing
        spec:
          containers:
          - name: daprd
`
    // daprd is left out by default, so that nothing is left to inject
    expect(await findingsOf(text)).toEqual([
      'annotation.invalid spec.jobTemplate.spec.template.spec.containers:12',
      'sidecar.conflict spec.jobTemplate.spec.template.spec.containers[0]:13',
    ])
  })

  test('in the workload itself', async () => {
    const text = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    dapr.io/shared: orders
spec:
  selector:
    matchLabels:
      shared.dapr.io/app-id: orders
  template:
    metadata:
      labels: {a: b}
    spec: {containers: [{name: app}]}
`
    expect(await findingsOf(text)).toEqual([
      'label.forged spec.selector["shared.dapr.io/app-id"]:9',
      'annotation.unknown metadata.annotations["dapr.io/shared"]:7',
    ])
  })

  test('in a recorded review', async () => {
    const text = `apiVersion: admission.k8s.io/v1
kind: AdmissionReview
request:
  uid: u
  operation: CREATE
  namespace: shop
  kind: {group: "", version: v1, kind: Pod}
  resource: {group: "", version: v1, resource: pods}
  object:
    metadata:
      annotations:
        dapr.io/shared: Orders
    spec:
      containers: [{name: app}]
`
    expect(await findingsOf(text)).toEqual([
      'annotation.invalid request.object.metadata.annotations["dapr.io/shared"]:12',
    ])
  })

  test('at the nearest line that is written, where an alias or a merge stands for the field', async () => {
    const text = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations: &asks
    dapr.io/shared: orders
spec:
  containers:
  - &app
    name: app
    env: [{name: DAPR_HTTP_ENDPOINT, value: x}]
  - <<: *app
    name: worker
`
    expect(await findingsOf(text)).toEqual([
      'env.conflict spec.containers[0].env:12',
      'env.conflict spec.containers[1].env:13',
    ])
  })
})

describe('a recorded review', () => {
  test('is about the object of its request', async () => {
    const item = await itemOf(reviewOf('CREATE', podYaml('web', '{dapr.io/shared: orders}'), 'null'))
    expect(item).toMatchObject({
      object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
      allowed: true,
      matched: true,
    })
    expect(item.patch).toHaveLength(3)
  })

  test.each(['CREATE', 'UPDATE', 'DELETE'])('of a %s of a pod that asks is matched', async (operation) => {
    const pod = podYaml('web', '{dapr.io/shared: orders}')
    const [now, old] = operation === 'DELETE' ? ['null', pod] : [pod, operation === 'UPDATE' ? pod : 'null']
    expect(await itemOf(reviewOf(operation, now, old))).toMatchObject({
      allowed: true,
      matched: true,
      object: { name: 'web' },
    })
  })

  test.each([
    [podYaml('web', '{}'), 'web'],
    [podYaml('web', '{}').replace('name: web', 'generateName: web-'), 'web-'],
    [podYaml('web', '{}').replace('name: web, ', ''), 'named-by-the-request'],
  ])('is called as its object, or as the request says: %#', async (pod, name) => {
    const review = reviewOf('CREATE', pod, 'null').replace('uid: u,', 'uid: u, name: named-by-the-request,')
    expect((await itemOf(review)).object.name).toBe(name)
  })

  test('of a copied pod has its labels set right, as at its creation', async () => {
    const pod = podYaml('web', '{dapr.io/shared: orders, dapr.io/shared-status: ""}').replace(
      'namespace: shop,',
      'namespace: shop, labels: {shared.dapr.io/app-id: other},',
    )
    expect(await itemOf(reviewOf('CREATE', pod, 'null'))).toMatchObject({ allowed: true, findings: [] })
  })

  test('of a DELETE in a namespace that is not served is not', async () => {
    const pod = podYaml('web', '{dapr.io/shared: orders}').replace(
      'namespace: shop',
      'namespace: kube-system',
    )
    expect((await itemOf(reviewOf('DELETE', 'null', pod, 'kube-system'))).matched).toBe(false)
  })

  test.each([
    ['without a uid', reviewOf('CREATE', podYaml('web', '{}'), 'null').replace('uid: u,', '')],
    [
      'of an old version',
      reviewOf('CREATE', podYaml('web', '{}'), 'null').replace(
        'admission.k8s.io/v1',
        'admission.k8s.io/v1beta1',
      ),
    ],
    ['of no operation', reviewOf('PATCH', podYaml('web', '{}'), 'null')],
    ['without its object', reviewOf('CREATE', 'null', 'null')],
    ['of another namespace than its pod', reviewOf('CREATE', podYaml('web', '{}'), 'null', 'pay')],
  ])('%s is none that an API server sends', async (_, text) => {
    await expect(reviewAll(text)).rejects.toThrow(ManifestError)
    await expect(reviewAll(text)).rejects.toThrow(
      /^input\.yaml:1: no AdmissionReview that an API server sends/,
    )
  })
})

test.each([
  ['admission.k8s.io/v1', 'AdmissionReview', true],
  ['admission.k8s.io/v1beta1', 'AdmissionReview', true],
  ['example.org/v1', 'AdmissionReview', false],
  ['admission.k8s.io/v1', 'Other', false],
  ['v1', 'Pod', true],
  ['v1', 'Service', false],
])('%s %s can be decided about: %s', async (apiVersion, kind, can) => {
  const { manifests } = parseManifests(`{apiVersion: ${apiVersion}, kind: ${kind}}`, 'f.yaml')
  expect(manifests.map(isReviewable)).toEqual([can])
})

test('an object that the API server would refuse is named with its line', async () => {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: app
        env:
        - {name: PORT, value: 8080}
`
  await expect(reviewAll(text)).rejects.toThrow(
    'input.yaml:10: spec.template.spec.containers[0].env[0].value: wanted a string (quote it).',
  )
})

test('the pod as written is not changed by reviewing it', async () => {
  const [reviewed] = await reviewAll(podYaml('web', '{dapr.io/shared: orders}'))
  expect(reviewed?.before?.spec.containers).toEqual([{ name: 'app' }])
  expect(reviewed?.after?.spec.containers[0]?.env).toHaveLength(3)
})

function reviewOf(operation: string, object: string, oldObject: string, namespace = 'shop'): string {
  return `{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {uid: u, operation: ${operation}, namespace: ${namespace},
  kind: {group: "", version: v1, kind: Pod}, resource: {group: "", version: v1, resource: pods},
  object: ${object.trim()}, oldObject: ${oldObject.trim()}}}
`
}
