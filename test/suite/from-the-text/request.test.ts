import { describe, expect, test } from 'vitest'
import { ASKS, HEAD, ORDERS, PLAIN, runSuite, suite } from './run-suite.ts'

/** What is sent to admission: an object by path or inline, a workload, an UPDATE, a DELETE, a recorded review. */

const one = (request: string, expectation: string, files: Readonly<Record<string, string>> = {}) =>
  runSuite(`${HEAD}- name: the case\n  request: ${request}\n  expect: ${expectation}\n`, { files })

const TEMPLATE =
  'metadata: {labels: {app: x}, annotations: {dapr.io/shared: orders}}, spec: {containers: [{name: app, image: app}]}'
const SELECTOR = 'selector: {matchLabels: {app: x}}'
const WORKLOADS = {
  Deployment: `{apiVersion: apps/v1, kind: Deployment, metadata: {name: x, namespace: shop}, spec: {${SELECTOR}, template: {${TEMPLATE}}}}`,
  StatefulSet: `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: x, namespace: shop}, spec: {serviceName: x, ${SELECTOR}, template: {${TEMPLATE}}}}`,
  DaemonSet: `{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: x, namespace: shop}, spec: {${SELECTOR}, template: {${TEMPLATE}}}}`,
  ReplicaSet: `{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: x, namespace: shop}, spec: {${SELECTOR}, template: {${TEMPLATE}}}}`,
  ReplicationController: `{apiVersion: v1, kind: ReplicationController, metadata: {name: x, namespace: shop}, spec: {selector: {app: x}, template: {${TEMPLATE}}}}`,
  Job: `{apiVersion: batch/v1, kind: Job, metadata: {name: x, namespace: shop}, spec: {template: {${TEMPLATE}}}}`,
  CronJob: `{apiVersion: batch/v1, kind: CronJob, metadata: {name: x, namespace: shop}, spec: {schedule: "0 3 * * *", jobTemplate: {spec: {template: {${TEMPLATE}}}}}}`,
  'Knative Service': `{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: x, namespace: shop}, spec: {template: {${TEMPLATE}}}}`,
}

const ENV = '{env: {app: {DAPR_HTTP_ENDPOINT: "http://orders-dapr.shop.svc.cluster.local:3500"}}}'

describe('object', () => {
  test.each(Object.entries(WORKLOADS))(
    'a %s is expanded to its pod, inline and by path',
    async (_kind, text) => {
      const inline = await one(`{object: ${text}}`, ENV)
      expect(inline.code, inline.all).toBe(0)
      const byPath = await one('{object: deploy/x.yaml}', ENV, { 'deploy/x.yaml': text })
      expect(byPath.code, byPath.all).toBe(0)
    },
  )

  test.each(Object.entries(WORKLOADS))('a %s is judged as the owner of its pod', async (kind, text) => {
    const policy = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: kinds}
spec: {rules: {workloads: {allowedKinds: [Secret.nowhere.example]}}}
`
    const { code, all } = await runSuite(
      suite(
        `{files: [policy.yaml], instances: [${ORDERS}]}`,
        `- name: x\n  request: {object: ${text}}\n  expect: {allowed: false, findings: [{rule: workload.kind-not-allowed, policy: kinds, message: ${kind.replace('Knative ', '')}}]}\n`,
      ),
      { files: { 'policy.yaml': policy } },
    )
    expect(code, all).toBe(0)
  })

  test("a workload's finding names file and line of its template", async () => {
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: x
  namespace: shop
spec:
  selector:
    matchLabels: {app: x}
  template:
    metadata:
      labels: {app: x}
      annotations:
        dapr.io/shared: oders
    spec:
      containers:
      - {name: app, image: app}
`
    const { out } = await one('{object: deploy/x.yaml}', '{allowed: false}', {
      'deploy/x.yaml': `# first\n---\n${deployment}`,
    })
    expect(out).toMatch(/"file": "deploy\/x\.yaml",\s*"document": \d,\s*"line": 15/)
  })

  test('in JSON works as in YAML', async () => {
    const json = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x', namespace: 'shop', annotations: { 'dapr.io/shared': 'orders' } },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    })
    expect((await one('{object: pods/x.json}', ENV, { 'pods/x.json': json })).code).toBe(0)
  })

  test('that is not there is bad input with the line that names it', async () => {
    const { code, all } = await one('{object: pods/nope.yaml}', '{allowed: true}')
    expect(code, all).toBe(2)
    expect(all).toMatch(/pods\/nope\.yaml/)
    expect(all).toMatch(/orders\.dapr-shared-test\.yaml:7/)
  })

  test.each([
    ['broken', 'a: [1\n', /x\.yaml:\d/],
    ['empty', '', /x\.yaml/],
    ['a list', '- 1\n', /x\.yaml/],
    ['without kind', 'apiVersion: v1\n', /kind/],
    ['a pod without containers', PLAIN.replace(/containers.*/, 'containers: []}'), /containers/],
    ['two pods, of which only one would be judged', `${PLAIN}---\n${ASKS}`, /x\.yaml/],
  ])('that is %s is bad input', async (_what, text, saying) => {
    const { code, all } = await one('{object: pods/x.yaml}', '{allowed: true}', { 'pods/x.yaml': text })
    expect(code, all).toBe(2)
    expect(all).toMatch(saying)
  })

  test('of a kind that makes no pods is not a pass', async () => {
    const { code, all } = await one(
      '{object: {apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: shop}}}',
      '{allowed: true}',
    )
    expect([1, 2], all).toContain(code)
    expect(all).toMatch(/ConfigMap|matched: false/)
  })

  test('is one with CRLF, a byte order mark and anchors', async () => {
    const text = `\uFEFFapiVersion: v1
kind: Pod
metadata:
  name: x
  namespace: shop
  labels: &labels {dapr.io/shared: orders}
  annotations: *labels
spec: {containers: [{name: app, image: app}]}
`.replaceAll('\n', '\r\n')
    const { code, all } = await one('{object: pods/x.yaml}', ENV, { 'pods/x.yaml': text })
    expect(code, all).toBe(0)
  })
})

describe('namespace', () => {
  const BARE = ASKS.replace(', namespace: shop', '')

  test('is that of an object without one', async () => {
    expect(
      (await one('{object: pods/bare.yaml, namespace: shop}', '{allowed: true}', { 'pods/bare.yaml': BARE }))
        .code,
    ).toBe(0)
    const nowhere = await one(
      '{object: pods/bare.yaml}',
      '{allowed: false, findings: [{rule: instance.missing, message: default}]}',
      { 'pods/bare.yaml': BARE },
    )
    expect(nowhere.code, nowhere.all).toBe(0)
  })

  test('of a workload is that of its pods', async () => {
    const text = WORKLOADS.Deployment.replace(', namespace: shop', '')
    expect((await one(`{object: ${text}, namespace: shop}`, ENV)).code).toBe(0)
  })

  test("that contradicts the object's own is not passed over", async () => {
    const { code, all } = await one('{object: pods/orders.yaml, namespace: other}', '{allowed: true}')
    expect([1, 2], all).toContain(code)
    expect(all).toMatch(/other/)
  })
})

describe('operation', () => {
  test('UPDATE compares two different objects', async () => {
    const refused = '{allowed: false, findings: [{rule: annotation.changed, action: Deny}]}'
    const added = await one(
      '{operation: UPDATE, oldObject: pods/plain.yaml, object: pods/orders.yaml}',
      refused,
    )
    expect(added.code, added.all).toBe(0)
    const taken = await one(
      '{operation: UPDATE, oldObject: pods/orders.yaml, object: pods/plain.yaml}',
      refused,
    )
    expect(taken.code, taken.all).toBe(0)
  })

  test('UPDATE of something else is let through, though the same pod could not be created', async () => {
    const old = ASKS.replace('orders}', 'gone}')
    const { code, all } = await one(
      '{operation: UPDATE, oldObject: pods/old.yaml, object: pods/new.yaml}',
      '{allowed: true}',
      {
        'pods/old.yaml': old,
        'pods/new.yaml': old.replace('image: app', 'image: app:2'),
      },
    )
    expect(code, all).toBe(0)
  })

  test('UPDATE has no patch, as only creation is changed', async () => {
    const { code, all } = await one(
      '{operation: UPDATE, oldObject: pods/orders.yaml, object: pods/new.yaml}',
      '{allowed: true, patch: empty.json}',
      { 'pods/new.yaml': ASKS.replace('image: app', 'image: app:2'), 'empty.json': '[]' },
    )
    expect(code, all).toBe(0)
  })

  test('UPDATE may set our label for nobody', async () => {
    const forged = ASKS.replace(
      'namespace: shop,',
      'namespace: shop, labels: {shared.dapr.io/app-id: orders},',
    )
    const { code, all } = await one(
      '{operation: UPDATE, oldObject: pods/orders.yaml, object: pods/forged.yaml}',
      '{allowed: false, findings: [{rule: label.forged}]}',
      { 'pods/forged.yaml': forged },
    )
    expect(code, all).toBe(0)
  })

  test('DELETE of a pod is always let through', async () => {
    const { code, all } = await one('{operation: DELETE, oldObject: pods/orders.yaml}', '{allowed: true}')
    expect(code, all).toBe(0)
    expect((await one('{operation: DELETE, oldObject: pods/orders.yaml}', '{allowed: false}')).code).toBe(1)
  })

  test.each([
    ['UPDATE without an old object', '{operation: UPDATE, object: pods/orders.yaml}', /oldObject/],
    [
      'CREATE with an old object',
      '{operation: CREATE, oldObject: pods/plain.yaml, object: pods/orders.yaml}',
      /oldObject/,
    ],
    [
      'DELETE with a new object',
      '{operation: DELETE, oldObject: pods/plain.yaml, object: pods/orders.yaml}',
      /object/,
    ],
    ['an unknown operation', '{operation: PATCH, object: pods/orders.yaml}', /operation/],
    ['a small one', '{operation: create, object: pods/orders.yaml}', /operation/],
    ['no object', '{operation: CREATE}', /object/],
    ['nothing', '{}', /object/],
    ['an object and a review', '{object: pods/orders.yaml, review: review.json}', /review/],
  ])('%s is bad input with its line', async (_what, request, saying) => {
    const { code, all } = await one(request, '{allowed: true}', { 'review.json': review() })
    expect(code, all).toBe(2)
    expect(all).toMatch(saying)
    expect(all).toMatch(/orders\.dapr-shared-test\.yaml:7/)
  })
})

function review(request: Readonly<Record<string, unknown>> = {}): string {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x', namespace: 'shop', annotations: { 'dapr.io/shared': 'orders' } },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  }
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      name: 'x',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'admin' },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: null,
      ...request,
    },
  })
}

describe('review: a recorded AdmissionReview', () => {
  test('is answered as its object would be', async () => {
    const { code, all } = await one('{review: review.json}', ENV, { 'review.json': review() })
    expect(code, all).toBe(0)
  })

  test('of another namespace is answered in that one', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'x-', annotations: { 'dapr.io/shared': 'orders' } },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    }
    const { code, all } = await one(
      '{review: review.json}',
      '{allowed: false, findings: [{rule: instance.missing, message: elsewhere}]}',
      {
        'review.json': review({ namespace: 'elsewhere', name: '', object }),
      },
    )
    expect(code, all).toBe(0)
  })

  test('of an UPDATE compares its two objects', async () => {
    const old = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x', namespace: 'shop' },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    }
    const { code, all } = await one(
      '{review: review.json}',
      '{allowed: false, findings: [{rule: annotation.changed}]}',
      {
        'review.json': review({ operation: 'UPDATE', oldObject: old }),
      },
    )
    expect(code, all).toBe(0)
  })

  test.each([
    ['not there', {}, /review\.json/],
    [
      'not a review',
      { 'review.json': '{"apiVersion": "v1", "kind": "Pod"}' },
      /AdmissionReview|review\.json/,
    ],
    [
      'without request',
      { 'review.json': '{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}' },
      /request/,
    ],
    ['one whose dryRun is text', { 'review.json': review({ dryRun: 'no' }) }, /request\.dryRun/],
  ])('that is %s is bad input', async (_what, files, saying) => {
    const { code, all } = await one('{review: review.json}', '{allowed: true}', files)
    expect(code, all).toBe(2)
    expect(all).toMatch(saying)
  })
})

describe('userInfo', () => {
  const policy = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: identity}
spec: {rules: {identity: {bindings: [{appIds: [orders], serviceAccounts: [{namespace: shop, name: checkout}]}]}}}
`
  const as = (userInfo: string, account: string, expectation: string) =>
    runSuite(
      suite(
        `{files: [policy.yaml], instances: [${ORDERS}]}`,
        `- name: x\n  request: {object: pods/x.yaml, userInfo: ${userInfo}}\n  expect: ${expectation}\n`,
      ),
      {
        files: {
          'policy.yaml': policy,
          'pods/x.yaml': ASKS.replace('spec: {', `spec: {serviceAccountName: ${account}, `),
        },
      },
    )

  test("is who calls; who the pod is, is the pod's own ServiceAccount", async () => {
    const caller =
      '{username: "system:serviceaccount:shop:checkout", groups: ["system:masters"], uid: "1", extra: {scopes: [all]}}'
    const bound = await as('{username: alice}', 'checkout', '{allowed: true}')
    expect(bound.code, bound.all).toBe(0)
    const unbound = await as(caller, 'other', '{allowed: false, findings: [{rule: identity.not-bound}]}')
    expect(unbound.code, unbound.all).toBe(0)
  })

  test('with an unknown field is bad input', async () => {
    const { code, all } = await as('{user: alice}', 'checkout', '{allowed: true}')
    expect(code, all).toBe(2)
    expect(all).toMatch(/"user"|user\b/)
  })
})

describe('a second pass after another injector', () => {
  const injected = `
apiVersion: v1
kind: Pod
metadata:
  name: x
  namespace: shop
  annotations: {dapr.io/shared: orders}
spec:
  containers:
  - {name: istio-proxy, image: istio}
  - {name: app, image: app}
  - {name: added-later, image: y, env: [{name: MINE, value: "1"}]}
`
  test('reaches the containers that came later, and leaves known proxies alone', async () => {
    const { code, all } = await one(
      '{object: pods/x.yaml}',
      '{idempotent: true, env: {added-later: {DAPR_HTTP_ENDPOINT: "http://orders-dapr.shop.svc.cluster.local:3500", MINE: "1"}}}',
      { 'pods/x.yaml': injected },
    )
    expect(code, all).toBe(0)
    expect(
      (await one('{object: pods/x.yaml}', ENV.replace('app:', 'istio-proxy:'), { 'pods/x.yaml': injected }))
        .code,
    ).toBe(1)
  })
})
