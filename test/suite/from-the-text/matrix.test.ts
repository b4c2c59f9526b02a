import { describe, expect, test } from 'vitest'
import { ASKS, HEAD, outcomes, runSuite } from './run-suite.ts'

/** `matrix`: each combination is a test, ${…} stands anywhere, and `when` chooses what is expected. */

const READINESS = `- name: readiness
  matrix: {ready: [0/3, 1/3, 3/3], strategy: [DaemonSet, Deployment]}
  state: {instances: [{appId: orders, namespace: shop, strategy: "\${strategy}", ready: "\${ready}"}]}
  request: {object: pods/orders.yaml}
`

describe('combinations', () => {
  test('each is a test with a name of its own, in the order written', async () => {
    const { code, tests, all } = await runSuite(
      `${HEAD}${READINESS}  expect:\n  - {when: {ready: 0/3}, allowed: true, warnings: 1}\n  - {allowed: true, warnings: 0}\n`,
    )
    expect(code, all).toBe(0)
    expect(tests).toHaveLength(6)
    expect(new Set(tests.map(({ name }) => name)).size).toBe(6)
    for (const value of ['0/3', '1/3', '3/3', 'DaemonSet', 'Deployment'])
      expect(tests.filter(({ name }) => name.includes(value)).length).toBe(value.includes('/') ? 2 : 3)
    expect(tests[0]?.name).toMatch(/0\/3.*DaemonSet/)
    expect(tests[5]?.name).toMatch(/3\/3.*Deployment/)
  })

  test('the one that fails is named, the others pass', async () => {
    const { code, tests } = await runSuite(`${HEAD}${READINESS}  expect: {allowed: true, warnings: 0}\n`)
    expect(code).toBe(1)
    expect(tests.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)).toEqual([
      expect.stringMatching(/0\/3.*DaemonSet/),
      expect.stringMatching(/0\/3.*Deployment/),
    ])
  })

  test.each([
    ['an axis without values', '{ready: []}', /ready/],
    ['no axis', '{}', /matrix/],
    ['an axis that is no list', '{ready: 0/3}', /ready/],
    ['nothing', '', /matrix/],
  ])('%s is no green result', async (_what, matrix, saying) => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x\n  matrix: ${matrix}\n  request: {object: pods/orders.yaml}\n  expect: {allowed: true}\n`,
    )
    expect([1, 2], all).toContain(code)
    expect(all).toMatch(saying)
  })

  test('more than anybody means are refused, and quickly', async () => {
    const axis = `[${Array.from({ length: 100 }, (_, at) => at).join(', ')}]`
    const { code, all } = await runSuite(
      `${HEAD}- name: x\n  matrix: {a: ${axis}, b: ${axis}, c: ${axis}, d: ${axis}, e: ${axis}}\n  request: {object: pods/orders.yaml}\n  expect: {allowed: true}\n`,
    )
    expect(code).toBe(2)
    expect(all).toMatch(/matrix/)
  })
})

describe('${…}', () => {
  test('stands in paths, in inline objects, in keys and in parts of texts', async () => {
    const { code, all } = await runSuite(
      `${HEAD}- name: path
  matrix: {file: [orders, other]}
  request: {object: "pods/\${file}.yaml"}
  expect: {allowed: true}
- name: inline, and a key
  matrix: {container: [web, worker]}
  request:
    object:
      apiVersion: v1
      kind: Pod
      metadata: {name: "a-\${container}-b", namespace: shop, annotations: {dapr.io/shared: orders}}
      spec: {containers: [{name: "\${container}", image: "registry/\${container}:1"}]}
  expect: {env: {"\${container}": {DAPR_HTTP_ENDPOINT: "http://orders-dapr.shop.svc.cluster.local:3500"}}}
- name: a key of the object
  matrix: {key: [shared]}
  request:
    object:
      apiVersion: v1
      kind: Pod
      metadata: {name: x, namespace: shop, annotations: {"dapr.io/\${key}": orders}}
      spec: {containers: [{name: app, image: i}]}
  expect: {matched: true}
- name: messages
  matrix: {missing: [billing, search]}
  request:
    object:
      apiVersion: v1
      kind: Pod
      metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: "\${missing}"}}
      spec: {containers: [{name: app, image: i}]}
  expect: {allowed: false, findings: [{rule: instance.missing, message: "/\\"\${missing}\\"/"}]}
`,
      { files: { 'pods/other.yaml': ASKS } },
    )
    expect(code, all).toBe(0)
  })

  test('alone keeps the type of its value: numbers and booleans', async () => {
    const ran = await runSuite(
      `${HEAD}- name: token
  matrix: {token: [true, false], warned: [0]}
  state: {instances: [{appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: "\${token}"}]}
  request: {object: pods/orders.yaml}
  expect:
  - {when: {token: true}, matched: "\${token}", warnings: "\${warned}", env: {app: {DAPR_API_TOKEN: "secretKeyRef:orders/dapr-api-token"}}}
  - {when: {token: false}, findings: [{rule: security.api-token}]}
- name: wrong number
  matrix: {warned: [1]}
  request: {object: pods/orders.yaml}
  expect: {warnings: "\${warned}"}
- name: wrong boolean
  matrix: {said: [false]}
  request: {object: pods/orders.yaml}
  expect: {allowed: "\${said}"}
`,
    )
    expect(ran.code).toBe(1)
    expect(
      ran.tests.map(({ outcome }) => outcome),
      ran.all,
    ).toEqual(['passed', 'passed', 'failed', 'failed'])
    expect(
      (
        await runSuite(
          `${HEAD}- name: x\n  matrix: {count: [0]}\n  request: {object: pods/orders.yaml}\n  expect: {warnings: "\${count}"}\n`,
        )
      ).code,
    ).toBe(0)
  })

  test.each(['n', 'y', 'on', '1'])('may be called %s, as it is written', async (axis) => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x\n  matrix: {${axis}: [0, 1]}\n  request: {object: pods/orders.yaml}\n  expect: [{when: {${axis}: 0}, warnings: "\${${axis}}"}, {allowed: true}]\n`,
    )
    expect(code, all).toBe(0)
  })

  test('of an expectation that is not chosen is not held against the others', async () => {
    const { code, all } = await runSuite(
      `${HEAD}- name: token
  matrix: {there: [true, false], appId: [orders]}
  state: {instances: [{appId: "\${appId}", namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: "\${there}"}]}
  request: {object: pods/orders.yaml}
  expect:
  - {when: {there: true}, allowed: "\${there}", env: {app: {DAPR_API_TOKEN: "secretKeyRef:orders/dapr-api-token"}}}
  - {allowed: true}
`,
    )
    expect(code, all).toBe(0)
  })

  test('of a name that the matrix has not is no text to pass over', async () => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x
  matrix: {ready: [0/3]}
  request: {object: {apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: orders, team: "\${redy}"}}, spec: {containers: [{name: app, image: i}]}}}
  expect: {allowed: true}
`,
    )
    expect(code, all).toBe(2)
    expect(all).toMatch(/redy/)
  })

  test('of one combination does not reach the next, nor the tests without a matrix', async () => {
    const { code, all } = await runSuite(
      `${HEAD}${READINESS}  expect:\n  - {when: {ready: 0/3}, warnings: 1}\n  - {warnings: 0}\n- name: after\n  request: {object: pods/orders.yaml}\n  expect: {warnings: 0}\n`,
    )
    expect(code, all).toBe(0)
  })

  test('a value with a colon, quotes or a line break stays one value', async () => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x
  matrix: {team: ["a: b", "it's \\"quoted\\"", "two\\nlines", "]}", "\${team}", "$&", "# no comment"]}
  request: {object: {apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: orders, team: "\${team}"}}, spec: {containers: [{name: app, image: i, env: [{name: TEAM, value: "<\${team}>"}]}]}}}
  expect: {env: {app: {TEAM: "<\${team}>"}}}
`,
    )
    expect(code, all).toBe(0)
  })
})

describe('when', () => {
  const expecting = (expectation: string) => runSuite(`${HEAD}${READINESS}  expect:\n${expectation}`)

  test('the first that fits counts', async () => {
    const wrongLater = await expecting('  - {allowed: true}\n  - {when: {ready: 0/3}, allowed: false}\n')
    expect([0, 2], wrongLater.all).toContain(wrongLater.code)
    const wrongFirst = await expecting('  - {when: {ready: 0/3}, allowed: false}\n  - {allowed: true}\n')
    expect(wrongFirst.code).toBe(1)
    expect(wrongFirst.tests.filter(({ outcome }) => outcome === 'failed')).toHaveLength(2)
  })

  test('fits where all its keys do', async () => {
    const { tests } = await expecting(
      '  - {when: {ready: 0/3, strategy: DaemonSet}, allowed: false}\n  - {allowed: true}\n',
    )
    expect(tests.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)).toEqual([
      expect.stringMatching(/0\/3.*DaemonSet/),
    ])
  })

  test('that fits no combination leaves no test without an expectation', async () => {
    const { code, all } = await expecting('  - {when: {ready: 0/3}, allowed: true}\n')
    expect([1, 2], all).toContain(code)
    expect(all).toMatch(/1\/3/)
  })

  test.each([
    ['an axis that there is not', '{redy: 0/3}', /redy/],
    ['a value that the axis has not', '{ready: 2/3}', /2\/3/],
  ])('of %s is bad input', async (_what, when, saying) => {
    const { code, all } = await expecting(`  - {when: ${when}, allowed: false}\n  - {allowed: true}\n`)
    expect(code, all).toBe(2)
    expect(all).toMatch(saying)
    expect(all).toMatch(/orders\.dapr-shared-test\.yaml:11/)
  })

  test('without a matrix is bad input', async () => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x\n  request: {object: pods/orders.yaml}\n  expect:\n  - {when: {ready: 0/3}, allowed: false}\n  - {allowed: true}\n`,
    )
    expect(code, all).toBe(2)
    expect(all).toMatch(/ready|matrix/)
  })

  test('takes numbers and booleans as the matrix has them', async () => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x
  matrix: {token: [true, false], count: [1, 2]}
  state: {instances: [{appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: "\${token}"}]}
  request: {object: pods/orders.yaml}
  expect:
  - {when: {token: true, count: 2}, env: {app: {DAPR_API_TOKEN: "secretKeyRef:orders/dapr-api-token"}}}
  - {when: {token: true}, allowed: true}
  - {findings: [{rule: security.api-token}]}
`,
    )
    expect(code, all).toBe(0)
  })
})

describe('a thousand tests', () => {
  test('of one matrix', async () => {
    const axis = `[${Array.from({ length: 500 }, (_, at) => at).join(', ')}]`
    const ran = await runSuite(
      `${HEAD}- name: many
  matrix: {pod: ${axis}, shared: [orders, billing]}
  request: {object: {apiVersion: v1, kind: Pod, metadata: {name: "p\${pod}", namespace: shop, annotations: {dapr.io/shared: "\${shared}"}}, spec: {containers: [{name: app, image: i}]}}}
  expect:
  - {when: {shared: orders}, allowed: true}
  - {allowed: false, findings: [{rule: instance.missing}], only: true}
`,
    )
    expect(ran.code).toBe(0)
    expect(ran.tests).toHaveLength(1000)
    expect(Object.keys(outcomes(ran))).toHaveLength(1000)
  })

  test('one after the other, of which the right one fails', async () => {
    const tests = Array.from(
      { length: 1000 },
      (_, at) =>
        `- {name: test ${at}, request: {object: pods/orders.yaml}, expect: {allowed: ${at !== 617}}}\n`,
    )
    const ran = await runSuite(`${HEAD}${tests.join('')}`)
    expect(ran.code).toBe(1)
    expect(ran.tests).toHaveLength(1000)
    expect(ran.tests.filter(({ outcome }) => outcome !== 'passed').map(({ name }) => name)).toEqual([
      'test 617',
    ])
  })
})
