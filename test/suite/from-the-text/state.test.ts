import { describe, expect, test, vi } from 'vitest'
import { PATIENT } from '../../admission/patience.ts'
import { instance, run } from '../../cli/run.ts'
import { ASKS, HEAD, ORDERS, outcomes, runFiles, runSuite, suite } from './run-suite.ts'

vi.setConfig(PATIENT)

/** The cluster that a suite and its tests describe: files, namespaces, instances, the clock, what is added and removed. */

const OK = '{object: pods/orders.yaml}'
const one = (state: string, expectation: string, files: Readonly<Record<string, string>> = {}) =>
  runSuite(suite(state, `- name: the case\n  request: ${OK}\n  expect: ${expectation}\n`), { files })

const POLICY = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: prod}
spec:
  match: {namespaceSelector: {matchLabels: {env: prod}}}
  exceptions: {namespaceSelector: {}}
  rules: {strategies: {allowed: [Deployment]}}
`

describe('state.files', () => {
  test('are relative to the suite, from wherever it is run', async () => {
    const files = {
      'deep/suites/cluster/a.yaml': instance('orders'),
      'deep/suites/pods/orders.yaml': ASKS,
      'deep/suites/orders.dapr-shared-test.yaml': suite(
        '{files: [cluster/*.yaml]}',
        `- name: x\n  request: ${OK}\n  expect: {allowed: true}\n`,
      ),
    }
    expect((await runFiles(files)).code).toBe(0)
    expect((await runFiles(files, ['deep'])).code).toBe(0)
    expect((await runFiles(files, ['deep/suites/orders.dapr-shared-test.yaml'])).code).toBe(0)
  })

  test('are every file that a glob fits, and no other', async () => {
    const state = (glob: string) =>
      one(`{files: ["${glob}"]}`, '{allowed: true}', {
        'cluster/orders.yaml': instance('orders'),
        'cluster/billing.yaml': instance('billing'),
        'cluster/deep/grants.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
      })
    expect((await state('cluster/*.yaml')).code).toBe(0)
    expect((await state('cluster/o*.yaml')).code).toBe(0)
    expect((await state('cluster/b*.yaml')).code).toBe(1)
    expect((await state('**/orders.yaml')).code, 'a pod in the state is no instance').toBe(0)
  })

  test.each(['cluster/*.yaml', 'cluster/orders.yaml', 'cluster'])(
    '%s that fits no file is no green result',
    async (path) => {
      const { code, all } = await runSuite(
        suite(
          `{files: ["${path}"], instances: [${ORDERS}]}`,
          `- name: x\n  request: ${OK}\n  expect: {allowed: true}\n`,
        ),
      )
      expect([1, 2], all).toContain(code)
      expect(all).toContain(path)
      expect(all).toMatch(/orders\.dapr-shared-test\.yaml:4/)
    },
  )

  test('that are broken are told with file, line and a caret', async () => {
    const { code, all } = await one('{files: [cluster.yaml]}', '{allowed: true}', {
      'cluster.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: [shop}\n',
    })
    expect(code).toBe(2)
    expect(all).toMatch(/cluster\.yaml:3/)
    expect(all).toContain('^')
  })

  test('that two globs fit count once', async () => {
    const { code, all } = await one('{files: ["*.yaml", cluster.yaml, "c*.yaml"]}', '{allowed: true}', {
      'cluster.yaml': instance('orders'),
    })
    expect(code, all).toBe(0)
  })

  test('may hold ten thousand documents', async () => {
    const many = Array.from(
      { length: 10_000 },
      (_, at) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${at}, namespace: shop}\n`,
    )
    const { code, all } = await one('{files: [many.yaml]}', '{allowed: true}', {
      'many.yaml': [...many, instance('orders')].join('---\n'),
    })
    expect(code, all).toBe(0)
  })

  test('of a test come beside those of the suite, for that test', async () => {
    const { code, all } = await runSuite(
      suite(
        `{files: [cluster.yaml], namespaces: {shop: {env: prod}}}`,
        `- {name: with, state: {files: [policy.yaml]}, request: ${OK}, expect: {allowed: false, findings: [{rule: strategy.not-allowed}]}}
- {name: without, request: ${OK}, expect: {allowed: true}}
`,
      ),
      { files: { 'cluster.yaml': instance('orders'), 'policy.yaml': POLICY } },
    )
    expect(code, all).toBe(0)
  })

  test('that name one object twice are bad input that names both', async () => {
    const { code, all } = await one('{files: [a.yaml, b.yaml]}', '{allowed: true}', {
      'a.yaml': instance('orders'),
      'b.yaml': instance('orders'),
    })
    expect(code).toBe(2)
    expect(all).toMatch(/a\.yaml/)
    expect(all).toMatch(/b\.yaml/)
  })

  test('that the CRD would refuse are bad input', async () => {
    const { code, all } = await one('{files: [p.yaml]}', '{allowed: true}', {
      'p.yaml': POLICY.replace('strategies:', 'strategy:'),
    })
    expect(code).toBe(2)
    expect(all).toMatch(/p\.yaml:8/)
  })
})

describe('state.namespaces', () => {
  test('give labels, which policies select by', async () => {
    const files = { 'policy.yaml': POLICY }
    const state = (namespaces: string) => `{files: [policy.yaml], ${namespaces}instances: [${ORDERS}]}`
    const refused = '{allowed: false, findings: [{rule: strategy.not-allowed, policy: prod}]}'
    expect((await one(state('namespaces: {shop: {env: prod}}, '), refused, files)).code).toBe(0)
    expect((await one(state('namespaces: {shop: {env: test}}, '), '{allowed: true}', files)).code).toBe(0)
    expect((await one(state(''), '{allowed: true}', files)).code).toBe(0)
  })

  test('of one test replace the label', async () => {
    const { code, all } = await runSuite(
      suite(
        `{files: [policy.yaml], namespaces: {shop: {env: prod}}, instances: [${ORDERS}]}`,
        `- {name: prod, request: ${OK}, expect: {allowed: false}}
- {name: test, state: {namespaces: {shop: {env: test}}}, request: ${OK}, expect: {allowed: true}}
- {name: prod again, request: ${OK}, expect: {allowed: false}}
`,
      ),
      { files: { 'policy.yaml': POLICY } },
    )
    expect(code, all).toBe(0)
  })
})

describe('state.instances', () => {
  test.each([
    [
      'appId',
      '{appId: billing, namespace: shop, strategy: DaemonSet, ready: 3/3}',
      '{allowed: false, findings: [{rule: instance.missing}]}',
    ],
    [
      'namespace',
      '{appId: orders, namespace: other, strategy: DaemonSet, ready: 3/3}',
      '{allowed: false, findings: [{rule: instance.missing}]}',
    ],
    [
      'nothing ready',
      '{appId: orders, namespace: shop, strategy: DaemonSet, ready: 0/3}',
      '{allowed: true, warnings: 1, findings: [{rule: instance.not-ready}]}',
    ],
    [
      'some ready',
      '{appId: orders, namespace: shop, strategy: DaemonSet, ready: 1/3}',
      '{allowed: true, warnings: 0}',
    ],
    ['no token', ORDERS, '{findings: [{rule: security.api-token, action: Audit}]}'],
    [
      'a token',
      '{appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: true}',
      '{findings: [{rule: locality.not-local}], only: true, env: {app: {DAPR_API_TOKEN: "secretKeyRef:orders/dapr-api-token"}}}',
    ],
    [
      'node-local',
      '{appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: true, internalTrafficPolicy: Local}',
      '{findings: [], only: true}',
    ],
    [
      'not node-local',
      '{appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: true, internalTrafficPolicy: Cluster}',
      '{findings: [{rule: locality.not-local}], only: true}',
    ],
  ])('%s', async (_what, shorthand, expectation) => {
    const { code, all } = await one(`{instances: [${shorthand}]}`, expectation)
    expect(code, all).toBe(0)
  })

  test.each(['DaemonSet', 'Deployment'])(
    'make a %s that pods may ask for, and that can be removed by its name',
    async (strategy) => {
      const annotated = ASKS.replace(
        'dapr.io/shared: orders',
        `dapr.io/shared: orders, dapr.io/shared-strategy: ${strategy.toLowerCase()}`,
      )
      const { code, all } = await runSuite(
        suite(
          `{instances: [{appId: orders, namespace: shop, strategy: ${strategy}, ready: 1/1}]}`,
          `- {name: there, request: {object: pods/asks.yaml}, expect: {allowed: true}}
- {name: gone, state: {remove: [${strategy}/shop/orders]}, request: {object: pods/asks.yaml}, expect: {allowed: false, findings: [{rule: instance.missing}]}}
- {name: no Service, state: {remove: [Service/shop/orders-dapr]}, request: {object: pods/asks.yaml}, expect: {allowed: false, findings: [{rule: instance.misconfigured}]}}
`,
        ),
        { files: { 'pods/asks.yaml': annotated } },
      )
      expect(code, all).toBe(0)
    },
  )

  test.each([
    ['3/x', 'ready'],
    ['4/3', 'ready'],
    ['"3"', 'ready'],
    ['-1/3', 'ready'],
  ])('with ready: %s are bad input', async (ready) => {
    const { code, all } = await one(
      `{instances: [{appId: orders, namespace: shop, strategy: DaemonSet, ready: ${ready}}]}`,
      '{allowed: true}',
    )
    expect(code, all).toBe(2)
    expect(all).toMatch(/ready/)
  })

  test.each([
    ['an odd strategy', '{appId: orders, namespace: shop, strategy: Sidecar}', /strategy/],
    ['an odd app-id', '{appId: Or_ders, namespace: shop, strategy: DaemonSet}', /Or_ders/],
    ['no app-id', '{namespace: shop, strategy: DaemonSet}', /appId/],
    [
      'an odd traffic policy',
      '{appId: orders, namespace: shop, strategy: DaemonSet, internalTrafficPolicy: Near}',
      /internalTrafficPolicy/,
    ],
    [
      'a token that is no boolean',
      '{appId: orders, namespace: shop, strategy: DaemonSet, apiToken: maybe}',
      /apiToken/,
    ],
    ['an unknown key', '{appId: orders, namespace: shop, strategy: DaemonSet, replicas: 3}', /replicas/],
  ])('with %s are bad input with its line', async (_what, shorthand, saying) => {
    const { code, all } = await one(`{instances: [${shorthand}]}`, '{allowed: true}')
    expect(code, all).toBe(2)
    expect(all).toMatch(saying)
    expect(all).toMatch(/orders\.dapr-shared-test\.yaml:4/)
  })

  test('of a test replace the one with the same key, of either strategy, and keep the others', async () => {
    const { code, all } = await runSuite(
      suite(
        `{instances: [${ORDERS}, {appId: billing, namespace: shop, strategy: Deployment, ready: 1/1}]}`,
        `- name: the other strategy, and no second instance
  state: {instances: [{appId: orders, namespace: shop, strategy: Deployment, ready: 0/2}]}
  request: ${OK}
  expect: {allowed: true, warnings: 1, findings: [{rule: instance.not-ready, message: Deployment/orders}]}
- name: billing is still there
  state: {instances: [{appId: orders, namespace: shop, strategy: Deployment, ready: 0/2}]}
  request: {object: {apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: billing}}, spec: {containers: [{name: app, image: app}]}}}
  expect: {allowed: true, warnings: 0}
- name: no token remains of a replaced one
  state: {instances: [{appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: true}]}
  request: ${OK}
  expect: {env: {app: {DAPR_API_TOKEN: "secretKeyRef:orders/dapr-api-token"}}}
- name: and the base is as it was
  request: ${OK}
  expect: {allowed: true, warnings: 0, findings: [{rule: security.api-token}]}
`,
      ),
    )
    expect(code, all).toBe(0)
  })

  test('of a test replace an instance that stands in a file under another name', async () => {
    const chart = instance('orders').replace('name: orders,', 'name: orders-dapr-shared-chart,')
    const { code, all } = await runSuite(
      suite(
        '{files: [cluster.yaml]}',
        `- name: the other strategy
  state: {instances: [{appId: orders, namespace: shop, strategy: Deployment, ready: 1/1}]}
  request: ${OK}
  expect: {allowed: true, warnings: 0, findings: [{rule: locality.not-local, message: Deployment/orders}]}
- name: as it was
  request: ${OK}
  expect: {findings: [{rule: locality.not-local, message: DaemonSet/orders-dapr-shared-chart}]}
`,
      ),
      { files: { 'cluster.yaml': chart } },
    )
    expect(code, all).toBe(0)
  })

  test('of a test replace an instance that stands in a file', async () => {
    const { code, all } = await runSuite(
      suite(
        '{files: [cluster.yaml]}',
        `- name: not ready
  state: {instances: [{appId: orders, namespace: shop, strategy: DaemonSet, ready: 0/3}]}
  request: ${OK}
  expect: {allowed: true, warnings: 1}
`,
      ),
      { files: { 'cluster.yaml': instance('orders') } },
    )
    expect(code, all).toBe(0)
  })
})

describe('state.add and state.remove', () => {
  test('add manifests by path and inline', async () => {
    const { code, all } = await runSuite(
      suite(
        `{instances: [{appId: billing, namespace: shop, strategy: DaemonSet, ready: 1/1}]}`,
        `- {name: by path, state: {add: [more/orders.yaml]}, request: ${OK}, expect: {allowed: true}}
- {name: not in the next, request: ${OK}, expect: {allowed: false}}
- name: inline
  state:
    add:
    - apiVersion: shared.dapr.io/v1alpha1
      kind: DaprSharedInstance
      metadata: {name: orders, namespace: shop}
      spec:
        appId: orders
        external: {httpEndpoint: "https://http.example.com:443", grpcEndpoint: "https://grpc.example.com:443"}
  request: ${OK}
  expect: {allowed: true, env: {app: {DAPR_HTTP_ENDPOINT: "https://http.example.com:443"}}}
`,
      ),
      { files: { 'more/orders.yaml': instance('orders') } },
    )
    expect(code, all).toBe(0)
  })

  test('what is removed may be added in another form', async () => {
    const other = `apiVersion: v1
kind: Service
metadata: {name: orders-dapr, namespace: shop}
spec: {selector: {app: orders-daprd}, ports: [{port: 8080, targetPort: 3500}, {name: grpc, port: 50001}]}
`
    const { code, all } = await runSuite(
      suite(
        '{files: [cluster.yaml]}',
        `- name: x
  state: {remove: [Service/shop/orders-dapr], add: [other.yaml]}
  request: ${OK}
  expect: {env: {app: {DAPR_HTTP_ENDPOINT: "http://orders-dapr.shop.svc.cluster.local:8080"}}}
`,
      ),
      { files: { 'cluster.yaml': instance('orders'), 'other.yaml': other } },
    )
    expect(code, all).toBe(0)
  })

  test('an added second instance is ambiguous', async () => {
    const second = instance('orders')
      .replace('name: orders,', 'name: second,')
      .replaceAll('orders-daprd', 'second-daprd')
      .replace('name: orders-dapr,', 'name: second-dapr,')
    const { code, all } = await runSuite(
      `${HEAD}- {name: two, state: {add: [second.yaml]}, request: ${OK}, expect: {allowed: false, findings: [{rule: instance.ambiguous, message: second}]}}\n`,
      { files: { 'second.yaml': second } },
    )
    expect(code, all).toBe(0)
  })

  test('an added file that is not there is bad input with the line that names it', async () => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x\n  state: {add: [nope.yaml]}\n  request: ${OK}\n  expect: {allowed: true}\n`,
    )
    expect(code, all).toBe(2)
    expect(all).toMatch(/nope\.yaml/)
    expect(all).toMatch(/orders\.dapr-shared-test\.yaml:7/)
  })

  test.each([
    'DaemonSet/shop/order',
    'Service/shop/orders',
    'DaemonSet/orders',
    'orders',
    'DaemonSet/shop/orders/x',
  ])('removing %s, which is not there, is not passed over', async (name) => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x\n  state: {remove: [${name}]}\n  request: ${OK}\n  expect: {allowed: true}\n`,
    )
    expect([1, 2], all).toContain(code)
    expect(all).toContain(name)
  })

  test('what is cluster-wide is removed by kind and name', async () => {
    const { code, all } = await runSuite(
      suite(
        `{files: [policy.yaml], namespaces: {shop: {env: prod}}, instances: [${ORDERS}]}`,
        `- {name: with, request: ${OK}, expect: {allowed: false}}
- {name: without, state: {remove: [DaprSharedPolicy/prod]}, request: ${OK}, expect: {allowed: true}}
`,
      ),
      { files: { 'policy.yaml': POLICY } },
    )
    expect(code, all).toBe(0)
  })
})

describe('what goes wrong in a cluster', () => {
  const far = (annotations: string) =>
    `{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: far, dapr.io/shared-namespace: other${annotations}}}, spec: {containers: [{name: app, image: i}]}}`
  const grant =
    '{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedGrant, metadata: {name: g, namespace: other}, spec: {appIds: [far], from: [{namespace: shop}]}}'

  test('a grant that is missing, a token that is not reached, and one that is', async () => {
    const { code, all } = await runSuite(
      suite(
        '{instances: [{appId: far, namespace: other, strategy: DaemonSet, ready: 3/3, apiToken: true, internalTrafficPolicy: Local}]}',
        `- {name: no grant, request: {object: ${far('')}}, expect: {allowed: false, findings: [{rule: namespace.not-granted}], only: true}}
- {name: nor an instance, state: {remove: [DaemonSet/other/far]}, request: {object: ${far('')}}, expect: {allowed: false, findings: [{rule: namespace.not-granted}], only: true}}
- {name: no token, state: {add: [${grant}]}, request: {object: ${far('')}}, expect: {allowed: false, findings: [{rule: token.unreachable}], only: true}}
- {name: token, state: {add: [${grant}]}, request: {object: ${far(', dapr.io/shared-token-secret: mine/token')}}, expect: {allowed: true, findings: [], only: true, env: {app: {DAPR_API_TOKEN: "secretKeyRef:mine/token"}}}}
`,
      ),
    )
    expect(code, all).toBe(0)
  })

  test('a node on which no instance runs', async () => {
    const pod = (more: string) =>
      `{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: orders}}, spec: {${more}containers: [{name: app, image: i}]}}`
    const { code, all } = await runSuite(
      suite(
        '{instances: [{appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: true, internalTrafficPolicy: Local}]}',
        `- {name: gpu, request: {object: ${pod('tolerations: [{key: gpu, operator: Exists}], ')}}, expect: {allowed: true, findings: [{rule: locality.uncovered}], only: true}}
- {name: any, request: {object: ${pod('')}}, expect: {findings: [], only: true}}
`,
      ),
    )
    expect(code, all).toBe(0)
  })
})

describe('state.now', () => {
  const exception = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedException
metadata: {name: later, namespace: shop}
spec:
  policies: [{name: prod, rules: [strategy.not-allowed]}]
  subjects: {appIds: [orders]}
  reason: moves in October
  expiresAt: "2026-09-30T00:00:00Z"
`
  const at = (now: string, expectation: string) =>
    one(
      `{files: [policy.yaml, exception.yaml], now: "${now}", namespaces: {shop: {env: prod}}, instances: [${ORDERS}]}`,
      expectation,
      {
        'policy.yaml': POLICY,
        'exception.yaml': exception,
      },
    )

  test.each([
    [
      'long before',
      '2026-08-01T00:00:00Z',
      '{allowed: true, findings: [{rule: strategy.not-allowed, action: Audit}]}',
    ],
    ['in its last week', '2026-09-25T00:00:00Z', '{allowed: true, findings: [{rule: exception.expiring}]}'],
    [
      'after its end',
      '2026-09-30T00:00:01Z',
      '{allowed: false, findings: [{rule: strategy.not-allowed, action: Deny}]}',
    ],
    ['in another time zone', '2026-09-30T01:00:00+02:00', '{allowed: true}'],
  ])('%s an exception ends', async (_what, now, expectation) => {
    const { code, all } = await at(now, expectation)
    expect(code, all).toBe(0)
  })

  test('of one test stands for the clock of the suite', async () => {
    const { code, all } = await runSuite(
      suite(
        `{files: [policy.yaml, exception.yaml], now: "2026-08-01T00:00:00Z", namespaces: {shop: {env: prod}}, instances: [${ORDERS}]}`,
        `- {name: before, request: ${OK}, expect: {allowed: true}}
- {name: after, state: {now: "2027-01-01T00:00:00Z"}, request: ${OK}, expect: {allowed: false}}
- {name: before again, request: ${OK}, expect: {allowed: true}}
`,
      ),
      { files: { 'policy.yaml': POLICY, 'exception.yaml': exception } },
    )
    expect(code, all).toBe(0)
  })

  test.each(['tomorrow', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '30.9.2026', ''])(
    '"%s" is bad input',
    async (now) => {
      const { code, all } = await at(now, '{allowed: true}')
      expect(code, all).toBe(2)
      expect(all).toMatch(/now/)
      expect(all).toMatch(/:4/)
    },
  )
})

describe('tests do not depend on each other', () => {
  const TESTS = [
    `- {name: a, request: ${OK}, expect: {allowed: true, warnings: 0}}`,
    `- {name: b, state: {remove: [DaemonSet/shop/orders]}, request: ${OK}, expect: {allowed: false}}`,
    `- {name: c, state: {instances: [{appId: orders, namespace: shop, strategy: Deployment, ready: 0/1}]}, request: ${OK}, expect: {warnings: 1}}`,
    `- {name: d, state: {add: [policy.yaml], namespaces: {shop: {env: prod}}}, request: ${OK}, expect: {allowed: false}}`,
    `- {name: e, request: ${OK}, expect: {allowed: false}}`,
    `- {name: f, state: {remove: [Service/shop/orders-dapr]}, request: ${OK}, expect: {findings: [{rule: instance.misconfigured}]}}`,
  ]
  const orders = [
    [0, 1, 2, 3, 4, 5],
    [5, 4, 3, 2, 1, 0],
    [3, 1, 5, 0, 2, 4],
    [1, 4, 2, 5, 3, 0],
  ]

  test('in whatever order they stand, the answers are the same', async () => {
    for (const order of orders) {
      const ran = await runSuite(`${HEAD}${order.map((at) => TESTS[at]).join('\n')}\n`, {
        files: { 'policy.yaml': POLICY },
      })
      expect(outcomes(ran)).toEqual({
        a: 'passed',
        b: 'passed',
        c: 'passed',
        d: 'passed',
        e: 'failed',
        f: 'passed',
      })
    }
  })

  test('nor do suites, one after the other or several at a time', async () => {
    const files: Record<string, string> = { 'pods/orders.yaml': ASKS, 'policy.yaml': POLICY }
    TESTS.forEach((text, at) => (files[`s${at}.dapr-shared-test.yaml`] = `${HEAD}${text}\n`))
    const want = { a: 'passed', b: 'passed', c: 'passed', d: 'passed', e: 'failed', f: 'passed' }
    const serial = await runFiles(files)
    const parallel = await runFiles(files, ['--parallel', '4'])
    expect(outcomes(serial)).toEqual(want)
    expect(outcomes(parallel)).toEqual(want)
    expect(parallel.tests.map(({ name }) => name)).toEqual(serial.tests.map(({ name }) => name))
    expect(outcomes(await runFiles(files, ['s4.dapr-shared-test.yaml', 's0.dapr-shared-test.yaml']))).toEqual(
      { a: 'passed', e: 'failed' },
    )
  })
})

test('review of the same files gives the same answer', async () => {
  const files = { 'pod.yaml': ASKS, 'cluster.yaml': instance('orders') }
  const reviewed = await run(['review', '-f', 'pod.yaml', '--state', 'cluster.yaml', '-o', 'json'], { files })
  const item = (
    JSON.parse(reviewed.out) as {
      items: { env: Record<string, Record<string, string>>; findings: { rule: string }[] }[]
    }
  ).items[0]
  const { code, all } = await runSuite(
    suite(
      '{files: [cluster.yaml]}',
      `- name: x
  request: {object: pod.yaml}
  expect: {allowed: true, env: ${JSON.stringify(item?.env)}, findings: ${JSON.stringify(item?.findings.map(({ rule }) => ({ rule })))}, only: true}
`,
    ),
    { files },
  )
  expect(code, all).toBe(0)
})
