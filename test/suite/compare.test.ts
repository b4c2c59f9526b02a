import { describe, expect, test } from 'vitest'
import type { Difference } from '../../src/suite/difference.ts'
import { readSuite } from '../../src/suite/read-suite.ts'
import { judged, testsOf } from './a-bench.ts'
import { PLAIN, suiteOf, testOf } from './suite-text.ts'

const SUITE = '/compare.dapr-shared-test.yaml'

/** What is wrong with an expectation of one pod, which is admitted with a warning and an audit finding. */
async function wrongWith(expectation: string, appId = 'orders'): Promise<readonly Difference[]> {
  const request = `
    object:
      apiVersion: v1
      kind: Pod
      metadata: {name: web, namespace: shop, annotations: {dapr.io/shared: ${appId}, dapr.io/shared-typo: x}}
      spec: {containers: [{name: app, env: [{name: A, value: b}]}]}`
  const state = '{instances: [{appId: orders, namespace: shop, apiToken: true}]}'
  const [one] = testsOf(readSuite(suiteOf(testOf(expectation, { request }), { state }), SUITE))
  if (one === undefined) throw new Error('no test')
  const { differences, problems } = await judged(one)
  expect(problems).toEqual([])
  return differences
}

const told = (differences: readonly Difference[]): string[] =>
  differences.map(({ field, message, lines }) =>
    [`${field}: ${message}`, ...lines.map(({ sign, text }) => `${sign} ${text}`)].join('\n'),
  )

describe('an expectation that holds', () => {
  test.each([
    '{allowed: true, matched: true, warnings: 1, idempotent: true}',
    '{instance: shop/orders}',
    '{findings: [{rule: annotation.unknown}]}',
    '{findings: [{rule: annotation.unknown, action: Warn, policy: built-in, message: shared-typo}]}',
    '{findings: [{message: /^no annotation .*Did you mean/}]}',
    '{findings: [{rule: annotation.unknown}, {rule: locality.not-local}], only: true}',
    '{env: {app: {A: b, DAPR_HTTP_ENDPOINT: "http://orders-dapr.shop.svc.cluster.local:3500", OTHER: null}}}',
  ])('%s differs in nothing', async (expectation) => {
    expect(await wrongWith(expectation)).toEqual([])
  })
})

describe('an expectation that does not hold', () => {
  test.each([
    ['{allowed: false}', 'allowed: wanted false, got true'],
    ['{matched: false}', 'matched: wanted false, got true'],
    ['{instance: shop/cart}', 'instance: wanted "shop/cart", got "shop/orders"'],
    ['{instance: ""}', 'instance: wanted "", got "shop/orders"'],
    ['{warnings: 0}', 'warnings: wanted 0, got 1\n  [annotation.unknown]'],
    [
      '{findings: [{rule: instance.missing}]}',
      'findings: none is {rule: instance.missing}\n  Warn [annotation.unknown]',
    ],
    ['{findings: [{rule: annotation.unknown, action: Deny}]}', '- action: Deny\n+ action: Warn'],
    ['{findings: [{message: no such words}]}', 'findings: none is {message: no such words}'],
    [
      '{findings: [{rule: annotation.unknown, message: /^Did you mean/}]}',
      '- message: /^Did you mean/\n+ message: no annotation',
    ],
    [
      '{findings: [{rule: annotation.unknown}], only: true}',
      'only: there is also Audit [locality.not-local] of built-in',
    ],
    ['{findings: [], only: true}', 'only: there is also Warn [annotation.unknown]'],
    ['{env: {app: {A: c}}}', 'env.app: 1 variable differs\n- A="c"\n+ A="b"'],
    ['{env: {app: {A: null}}}', '- A is absent\n+ A="b"'],
    ['{env: {app: {B: x, A: c}}}', 'env.app: 2 variables differ\n- B="x"\n+ B is absent\n- A="c"'],
    ['{env: {other: {}}}', 'env.other: no container is called "other"; there is "app"'],
    ['{patch: []}', 'patch: the patch differs\n+ {"op":"add"'],
    ['{patch: [{op: remove, path: /x}]}', '- {"op":"remove","path":"/x"}\n+ '],
    ['{idempotent: false}', 'idempotent: a second pass changes nothing'],
  ])('%s says %s', async (expectation, problem) => {
    expect(told(await wrongWith(expectation))).toContainEqual(expect.stringContaining(problem))
  })

  test('of a pod that is refused, the refusal is told, and that there are no variables', async () => {
    const differences = await wrongWith('{allowed: true, env: {app: {A: b}}, idempotent: true}', 'nothing')
    expect(told(differences)).toEqual([
      expect.stringMatching(/^allowed: wanted true, got false\n  Deny \[instance.missing\] /),
      expect.stringContaining('env.app: a refused pod has no variables'),
      expect.stringContaining('idempotent: there is no admitted pod to send again'),
    ])
  })

  test('of a pod that is refused, a patch tells the refusal too, once beside others', async () => {
    const refusal = /^patch: the pod is refused, so there is no patch\n  Deny \[instance.missing\] /
    expect(told(await wrongWith('{patch: [{op: remove, path: /x}]}', 'nothing'))).toEqual([
      expect.stringMatching(refusal),
    ])
    expect(told(await wrongWith('{patch: [{op: remove, path: /x}], idempotent: true}', 'nothing'))).toEqual([
      expect.stringMatching(refusal),
      'idempotent: there is no admitted pod to send again',
    ])
    expect(await wrongWith('{allowed: false, patch: []}', 'nothing')).toEqual([])
  })

  test('each difference has the line of its part of the expectation', async () => {
    const differences = await wrongWith(
      '\n    matched: false\n    env:\n      app:\n        A: c\n    warnings: 4',
    )
    expect(differences.map(({ field, source }) => [field, source.line])).toEqual([
      ['matched', 15],
      ['warnings', 19],
      ['env.app', 17],
    ])
  })
})

describe('an object that does not ask', () => {
  const wrong = async (expectation: string, request = `{object: ${PLAIN}}`): Promise<string[]> => {
    const [one] = testsOf(readSuite(suiteOf(testOf(expectation, { request })), SUITE))
    if (one === undefined) throw new Error('no test')
    return told((await judged(one)).differences)
  }

  test.each([
    '{allowed: true}',
    '{warnings: 0}',
    '{findings: [], only: true}',
    '{env: {app: {A: null}}}',
    '{patch: []}',
    '{instance: ""}',
    '{idempotent: true}',
  ])('fails %s, which would hold of anything', async (expectation) => {
    expect(await wrong(expectation)).toEqual([
      expect.stringMatching(/^matched: nothing was tested[^]*Say "matched: false"/),
    ])
  })

  test('says first why it does not ask, where that can be told, and which object it is', async () => {
    const shopOf = (more: string): string =>
      `{object: {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, annotations: {${more}}}, spec: {template: {spec: {containers: [{name: app}]}}}}}`
    const [first] = await wrong(
      '{env: {app: {A: b}}, patch: [{op: remove, path: /x}]}',
      shopOf('dapr.io/shared: orders'),
    )
    expect(first).toMatch(
      /^matched: nothing was tested[^]*Warn \[annotation.unknown\] [^]*template[^]*Deployment shop\/web \(/,
    )

    const system = PLAIN.replace(
      'namespace: shop',
      'namespace: kube-system, annotations: {dapr.io/shared: orders}',
    )
    for (const expectation of ['{allowed: true}', '{matched: true}']) {
      expect(await wrong(expectation, `{object: ${system}}`)).toEqual([
        expect.stringContaining('namespace "kube-system" is not served'),
      ])
    }
  })

  test('a patch that differs says that the pod is left as it is', async () => {
    expect(await wrong('{patch: [{op: remove, path: /x}]}')).toContainEqual(
      'patch: the patch differs: the pod is left as it is',
    )
  })

  test('passes where the test says so', async () => {
    expect(await wrong('{allowed: true, matched: false}')).toEqual([])
  })

  test('passes where the test names what was found: a rule may look at any object', async () => {
    const forged = PLAIN.replace(
      'namespace: shop',
      'namespace: shop, labels: {shared.dapr.io/app-id: orders}',
    )
    expect(await wrong('{allowed: false, findings: [{rule: label.forged}]}', `{object: ${forged}}`)).toEqual(
      [],
    )
  })
})

test('a policy that the state does not have is told with the nearest', async () => {
  const [one] = testsOf(
    readSuite(suiteOf(testOf('{findings: [{rule: annotation.unknown, policy: buildin}]}')), SUITE),
  )
  if (one === undefined) throw new Error('no test')
  expect((await judged(one)).problems).toMatchObject([
    { message: 'no policy of the state is called "buildin"; did you mean built-in?', fails: true },
  ])
})
