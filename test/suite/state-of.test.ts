import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSuite } from '../../src/suite/read-suite.ts'
import { judged, outcomeOf, testsOf } from './a-bench.ts'
import { POD, suiteOf } from './suite-text.ts'

/** Paths start beside the suites of the project. */
const FILE = join(import.meta.dirname, '../cases/made-up.yaml')
const ORDERS = '{appId: orders, namespace: shop, strategy: DaemonSet}'
const ENDPOINT = 'http://orders-dapr.shop.svc.cluster.local:3500'

const oneTest = (state: string, testState: string) => {
  const tests = `- name: a\n  state: ${testState}\n  request: {object: ${POD}}\n  expect: {warnings: 0}`
  const [one] = testsOf(readSuite(suiteOf(tests, { state }), FILE))
  if (one === undefined) throw new Error('no test')
  return one
}

/** The endpoint that the pod gets, or the rule that refuses it. */
async function decided(state: string, testState = '{}'): Promise<string> {
  const { item } = (await outcomeOf(oneTest(state, testState))).reviewed
  return item.allowed ? (item.env['app']?.['DAPR_HTTP_ENDPOINT'] ?? 'none') : (item.findings[0]?.rule ?? '')
}

describe('the state of a test', () => {
  test('is that of the suite', async () => {
    expect(await decided(`{instances: [${ORDERS}]}`)).toBe(ENDPOINT)
    expect(await decided('{}')).toBe('instance.missing')
  })

  test("has the test's own instance in place of the suite's with the same key", async () => {
    const own = '{instances: [{appId: orders, namespace: shop, strategy: Deployment}]}'
    expect(await decided(`{instances: [${ORDERS}]}`, own)).toBe(ENDPOINT)
  })

  test('loses what the test removes', async () => {
    expect(await decided(`{instances: [${ORDERS}]}`, '{remove: [DaemonSet/shop/orders]}')).toBe(
      'instance.missing',
    )
    expect(await decided(`{instances: [${ORDERS}]}`, '{remove: [Service/shop/orders-dapr]}')).toBe(
      'instance.misconfigured',
    )
    expect(
      await decided(`{instances: [${ORDERS}], namespaces: {shop: {a: b}}}`, '{remove: [Namespace/shop]}'),
    ).toBe(ENDPOINT)
  })

  test('has what the test adds, a manifest or the path of one', async () => {
    const service = '{apiVersion: v1, kind: Service, metadata: {name: orders, namespace: shop}, spec: {}}'
    expect(await decided(`{instances: [${ORDERS}]}`, `{add: [${service}]}`)).toBe(ENDPOINT)
    expect(await decided('{}', '{add: [state/chart-daemonset.yaml]}')).toBe(ENDPOINT)
    expect(await decided('{}', `{add: [{apiVersion: v1, kind: List, items: [${service}]}]}`)).toBe(
      'instance.missing',
    )
  })

  test('has the files that a glob finds', async () => {
    expect(await decided('{files: [state/chart-*.yaml]}')).toBe(ENDPOINT)
    expect(await decided('{files: [state/chart-daemonset.yaml, state/chart-d*.yaml]}')).toBe(ENDPOINT)
  })
})

describe('what is not there is told with its line', () => {
  test.each<[string, string, string, number, string, boolean]>([
    ['a glob without files', '{files: [state/nothing-*.yaml]}', '{}', 4, 'no file fits', true],
    ['a glob of the test without files', '{}', '{files: ["nothing/*.yaml"]}', 7, 'no file fits', true],
    ['a file of the state', '{files: [state/nothing.yaml]}', '{}', 4, 'no such file: .*Paths start', false],
    [
      'a file of the state of a test',
      '{}',
      '{files: [nothing.yaml]}',
      7,
      'no such file: .*Paths start',
      false,
    ],
    ['a file to add', '{}', '{add: [nothing.yaml]}', 7, 'no such file', false],
    ['an object without kind', '{}', '{add: [{apiVersion: v1}]}', 7, 'without kind', false],
    [
      'an object to remove',
      `{instances: [${ORDERS}]}`,
      '{remove: [DaemonSet/shop/order]}',
      7,
      'did you mean DaemonSet/shop/orders?',
      false,
    ],
    [
      'one of several to remove',
      `{instances: [${ORDERS}]}`,
      '{remove: [Deployment/shop/nobody]}',
      7,
      'There is DaemonSet/shop/orders, Service/shop/orders-dapr.',
      false,
    ],
    [
      'an object that is there twice',
      '{files: [state/chart-daemonset.yaml], instances: [{appId: orders-dapr-shared-chart, namespace: shop}]}',
      '{}',
      4,
      'Keep one of the two',
      false,
    ],
    [
      'a policy that the API server refuses',
      '{}',
      '{add: [{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedPolicy, metadata: {name: a}, spec: {ruls: {}}}]}',
      7,
      'unknown field "ruls"',
      false,
    ],
  ])('%s', async (_, state, testState, line, message, fails) => {
    const { problems } = await judged(oneTest(state, testState))
    expect(problems).toEqual([
      {
        source: { file: FILE, document: 1, line },
        message: expect.stringMatching(new RegExp(message, 'i')) as string,
        fails,
      },
    ])
  })
})
