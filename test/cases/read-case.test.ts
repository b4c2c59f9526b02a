import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { casesOf } from './read-case.ts'
import { runCase } from './run-case.ts'

const file = join(import.meta.dirname, 'made-up.yaml')

const suiteOf = (tests: string, state = ''): string =>
  `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: made-up}
${state === '' ? '' : `state: ${state}\n`}tests:
${tests}`

const pod = '{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: app}]}}'

describe('a suite is read strictly', () => {
  test.each([
    ['an unknown field of a test', `- name: a\n  requst: {}\n  expect: {}`, 6, 'no field "requst" here'],
    [
      'an unknown field of an expectation',
      `- name: a\n  request: {object: x}\n  expect:\n    alowed: true`,
      8,
      '"alowed"',
    ],
    [
      'an unknown field of a finding',
      `- name: a\n  request: {object: x}\n  expect: {findings: [{rul: x}]}`,
      7,
      '"rul"',
    ],
    ['a test without expect', `- name: a\n  request: {object: x}`, 5, 'without "expect" tests nothing'],
    ['a test without a name', `- request: {object: x}\n  expect: {}`, 5, 'tests[0].name: wanted text'],
    ['a suite without tests', '  []', 4, 'a suite without tests'],
    ['tests that are no list', '  a: b', 4, 'wanted a list'],
    [
      'a flag that is text',
      `- name: a\n  request: {object: x}\n  expect:\n    allowed: "true"`,
      8,
      'wanted true or false',
    ],
    [
      'a number that is text',
      `- name: a\n  request: {object: x}\n  expect: {warnings: many}`,
      7,
      'wanted a whole number',
    ],
    [
      'an unknown operation',
      `- name: a\n  request: {operation: PATCH}\n  expect: {}`,
      6,
      'CREATE, UPDATE, DELETE',
    ],
    [
      'an action that is none',
      `- name: a\n  request: {object: x}\n  expect: {findings: [{action: deny}]}`,
      7,
      'Deny, Warn, Audit',
    ],
    [
      'a matrix that is no list',
      `- name: a\n  matrix: {x: 1}\n  request: {object: x}\n  expect: {}`,
      6,
      'wanted a list',
    ],
    [
      'a combination of which nothing is expected',
      `- name: a\n  matrix: {x: [1, 2]}\n  request: {object: x}\n  expect: [{when: {x: 1}}]`,
      8,
      'nothing is expected of (x: 2)',
    ],
  ])('%s is an error with its line', (_, tests, line, problem) => {
    const read = (): unknown => casesOf(suiteOf(tests), file)
    expect(read).toThrow(`${file}:${line}: `)
    expect(read).toThrow(problem)
  })

  test.each([
    ['another kind', 'kind: Suite', 'kind: Pod'],
    ['another version', 'v1alpha1', 'v1'],
    ['no name', 'metadata: {name: made-up}', 'metadata: {}'],
  ])('%s is no suite', (_, written, instead) => {
    const suite = suiteOf(`- name: a\n  request: {object: ${pod}}\n  expect: {}`)
    expect(() => casesOf(suite, file)).not.toThrow()
    expect(() => casesOf(suite.replace(written, instead), file)).toThrow(`${file}:`)
  })

  test('two suites in one file are refused', () => {
    const suite = suiteOf(`- name: a\n  request: {object: ${pod}}\n  expect: {}`)
    expect(() => casesOf(`${suite}\n---\n${suite}`, file)).toThrow('wanted one suite')
  })
})

describe('a matrix', () => {
  const cases = casesOf(
    suiteOf(`- name: a
  matrix: {ready: [0/3, 3/3], open: [true, false]}
  state: {instances: [{appId: "app-\${ready}", namespace: shop, apiToken: "\${open}"}]}
  request: {object: ${pod}, namespace: "\${unknown}"}
  expect:
  - {when: {ready: 0/3, open: true}, env: {"c-\${ready}": {A: "\${ready}"}}}
  - {warnings: 7}`),
    file,
  )

  test('makes a test of each combination, and says which', () => {
    expect(cases.map(({ name }) => name)).toEqual([
      'a (ready: 0/3, open: true)',
      'a (ready: 0/3, open: false)',
      'a (ready: 3/3, open: true)',
      'a (ready: 3/3, open: false)',
    ])
  })

  test('is filled in anywhere below, keys too, with values of their own type', () => {
    expect(cases[0]?.testState?.instances).toMatchObject([{ appId: 'app-0/3', apiToken: true }])
    expect(cases[3]?.testState?.instances).toMatchObject([{ appId: 'app-3/3', apiToken: false }])
    expect(cases[0]?.expect.env).toEqual({ 'c-0/3': { A: '0/3' } })
  })

  test('leaves a name that it does not have as it is', () => {
    expect(cases[0]?.request.namespace).toBe('${unknown}')
  })

  test('takes the first expectation that fits', () => {
    expect(cases.map(({ expect: expected }) => expected.warnings)).toEqual([undefined, 7, 7, 7])
  })
})

describe('the state of a test', () => {
  const decided = async (tests: string, state: string): Promise<string> => {
    const [one] = casesOf(suiteOf(tests, state), file)
    if (one === undefined) throw new Error('no test')
    const { item } = (await runCase(one)).reviewed
    return item.allowed ? (item.env['app']?.['DAPR_HTTP_ENDPOINT'] ?? 'none') : (item.findings[0]?.rule ?? '')
  }
  const request = `{object: {apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, annotations: {dapr.io/shared: orders}}, spec: {containers: [{name: app}]}}}`
  const endpoint = 'http://orders-dapr.shop.svc.cluster.local:3500'
  const orders = '{appId: orders, namespace: shop, strategy: DaemonSet}'

  test('is that of the suite', async () => {
    expect(await decided(`- name: a\n  request: ${request}\n  expect: {}`, `{instances: [${orders}]}`)).toBe(
      endpoint,
    )
    expect(await decided(`- name: a\n  request: ${request}\n  expect: {}`, '{}')).toBe('instance.missing')
  })

  test("has the test's own instance in place of the suite's with the same key", async () => {
    const own = '{instances: [{appId: orders, namespace: shop, strategy: Deployment}]}'
    const tests = `- name: a\n  state: ${own}\n  request: ${request}\n  expect: {}`
    expect(await decided(tests, `{instances: [${orders}]}`)).toBe(endpoint)
  })

  test('loses what the test removes', async () => {
    const tests = (name: string): string =>
      `- name: a\n  state: {remove: [${name}]}\n  request: ${request}\n  expect: {}`
    expect(await decided(tests('DaemonSet/shop/orders'), `{instances: [${orders}]}`)).toBe('instance.missing')
    expect(await decided(tests('Service/shop/orders-dapr'), `{instances: [${orders}]}`)).toBe(
      'instance.misconfigured',
    )
    await expect(decided(tests('Deployment/shop/orders'), `{instances: [${orders}]}`)).rejects.toThrow(
      `${file}:7: Deployment/shop/orders is to be removed, but not there.`,
    )
  })

  test('has what the test adds, a manifest or the path of one', async () => {
    const add = (what: string): string =>
      `- name: a\n  state: {add: [${what}]}\n  request: ${request}\n  expect: {}`
    const service = '{apiVersion: v1, kind: Service, metadata: {name: orders, namespace: shop}, spec: {}}'
    expect(await decided(add(service), `{instances: [${orders}]}`)).toBe(endpoint)
    expect(await decided(add('state/chart-daemonset.yaml'), '{}')).toBe(endpoint)
  })

  test('has the files that a glob finds, and a glob without files is an error', async () => {
    const tests = `- name: a\n  request: ${request}\n  expect: {}`
    expect(await decided(tests, '{files: [state/chart-*.yaml]}')).toBe(endpoint)
    await expect(decided(tests, '{files: [state/nothing-*.yaml]}')).rejects.toThrow(
      'no file fits state/nothing-*.yaml',
    )
  })

  test('may hold an object once only', async () => {
    const tests = `- name: a\n  state: {files: [state/chart-daemonset.yaml]}\n  request: ${request}\n  expect: {}`
    await expect(decided(tests, '{files: [state/*.yaml], namespaces: {a: {}}}')).resolves.toBe(endpoint)
    await expect(
      decided(tests, '{instances: [{appId: orders-dapr-shared-chart, namespace: shop}]}'),
    ).rejects.toThrow('Keep one of the two')
  })
})
