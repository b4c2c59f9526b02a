import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../cli/run.ts'
import { ASKS, HEAD, ORDERS, runSuite, suite, told, type Told } from './run-suite.ts'

/** What a test may expect of the answer, and that each expectation that does not hold is a failure that says so. */

const asks = (expectation: string) =>
  runSuite(`${HEAD}- name: the case\n  request: {object: pods/orders.yaml}\n  expect: ${expectation}\n`)

const gone = (expectation: string) =>
  runSuite(
    `${HEAD}- name: the case\n  state: {remove: [DaemonSet/shop/orders]}\n  request: {object: pods/orders.yaml}\n  expect: ${expectation}\n`,
  )

const plain = (expectation: string) =>
  runSuite(`${HEAD}- name: the case\n  request: {object: pods/plain.yaml}\n  expect: ${expectation}\n`)

const HTTP = 'http://orders-dapr.shop.svc.cluster.local:3500'

describe('what holds passes', () => {
  test.each([
    ['allowed', '{allowed: true}'],
    ['matched', '{matched: true}'],
    ['a variable', `{env: {app: {DAPR_HTTP_ENDPOINT: "${HTTP}"}}}`],
    ['no warning', '{warnings: 0}'],
    ['an Audit finding', '{findings: [{rule: security.api-token, action: Audit}]}'],
    [
      'all findings, of whatever action',
      '{findings: [{rule: security.api-token}, {rule: locality.not-local}], only: true}',
    ],
    [
      'the same in another order',
      '{findings: [{rule: locality.not-local}, {rule: security.api-token}], only: true}',
    ],
    ['the policy of a finding', '{findings: [{rule: security.api-token, policy: built-in}]}'],
    ['idempotency', '{idempotent: true}'],
  ])('%s', async (_what, expectation) => {
    const { code, all } = await asks(expectation)
    expect(code, all).toBe(0)
  })

  test.each([
    ['a refusal', '{allowed: false}'],
    ['a rule alone', '{findings: [{rule: instance.missing}]}'],
    ['a part of the message', '{findings: [{rule: instance.missing, message: no Dapr Shared instance}]}'],
    ['a regular expression', '{findings: [{rule: instance.missing, message: "/^no .*orders.*shop/"}]}'],
    ['the only finding', '{findings: [{rule: instance.missing, action: Deny}], only: true}'],
  ])('%s', async (_what, expectation) => {
    const { code, all } = await gone(expectation)
    expect(code, all).toBe(0)
  })

  test('an object that does not ask', async () => {
    expect((await plain('{matched: false}')).code).toBe(0)
  })
})

describe('what does not hold fails, with the name of the test, what was wanted and what was got', () => {
  test.each([
    ['allowed: false of an admitted pod', asks, '{allowed: false}', [/allowed/, /false/, /true/]],
    [
      'allowed: true of a refused pod',
      gone,
      '{allowed: true}',
      [/allowed/, /true/, /false/, /instance\.missing/],
    ],
    ['idempotent: false of a pod that is left alone', asks, '{idempotent: false}', [/idempotent/]],
    ['matched: false of a pod that asks', asks, '{matched: false}', [/matched|asks/]],
    ['matched: true of a pod that does not', plain, '{matched: true}', [/matched|ask/]],
    [
      'another value',
      asks,
      '{env: {app: {DAPR_HTTP_ENDPOINT: "http://other:1"}}}',
      [/http:\/\/other:1/, /orders-dapr\.shop/],
    ],
    ['a variable that is not set', asks, '{env: {app: {DAPR_API_TOKEN: x}}}', [/DAPR_API_TOKEN/, /app/]],
    ['a container that the pod has not', asks, `{env: {web: {DAPR_HTTP_ENDPOINT: "${HTTP}"}}}`, [/web/]],
    [
      'the start of a value',
      asks,
      '{env: {app: {DAPR_HTTP_ENDPOINT: "http://orders-dapr"}}}',
      [/orders-dapr\.shop/],
    ],
    ['too few warnings', asks, '{warnings: 1}', [/1/, /0/]],
    [
      'a rule that does not fire',
      asks,
      '{findings: [{rule: instance.missing}]}',
      [/instance\.missing/, /security\.api-token/],
    ],
    ['another action', asks, '{findings: [{rule: security.api-token, action: Warn}]}', [/Warn/, /Audit/]],
    [
      'a text that the message has not',
      gone,
      '{findings: [{rule: instance.missing, message: no such words}]}',
      [/no such words/, /no Dapr Shared instance/],
    ],
    [
      'an expression that does not fit',
      gone,
      '{findings: [{rule: instance.missing, message: "/^orders/"}]}',
      [/\^orders/, /no Dapr Shared instance/],
    ],
    [
      'text that would fit as an expression',
      gone,
      '{findings: [{rule: instance.missing, message: "no .* instance"}]}',
      [/no \.\* instance/],
    ],
    [
      'only, beside an Audit finding',
      asks,
      '{findings: [{rule: security.api-token}], only: true}',
      [/locality\.not-local/],
    ],
    [
      'only, with no finding named',
      asks,
      '{findings: [], only: true}',
      [/locality\.not-local/, /security\.api-token/],
    ],
    ['only, beside a refusal', gone, '{allowed: false, findings: [], only: true}', [/instance\.missing/]],
    [
      'one of two that fit nothing',
      gone,
      '{findings: [{rule: instance.missing}, {rule: instance.ambiguous}]}',
      [/instance\.ambiguous/],
    ],
  ] as const)('%s', async (_what, ask, expectation, sayings) => {
    const { code, tests, all } = await ask(expectation)
    expect(code, all).toBe(1)
    expect(tests).toMatchObject([{ name: 'the case', outcome: 'failed' }])
    for (const saying of sayings) expect(tests[0]?.told).toMatch(saying)
  })

  test('a policy that did not find it', async () => {
    const policy =
      'apiVersion: shared.dapr.io/v1alpha1\nkind: DaprSharedPolicy\nmetadata: {name: mine}\nspec: {priority: 1}\n'
    const by = (name: string) =>
      runSuite(
        suite(
          `{files: [policy.yaml], instances: [${ORDERS}]}`,
          `- name: x\n  request: {object: pods/orders.yaml}\n  expect: {findings: [{rule: security.api-token, policy: ${name}}]}\n`,
        ),
        { files: { 'policy.yaml': policy } },
      )
    expect((await by('built-in')).code).toBe(0)
    const other = await by('mine')
    expect(other.code, other.all).toBe(1)
    expect(other.tests[0]?.told).toMatch(/mine/)
    const misspelt = await by('mien')
    expect([1, 2]).toContain(misspelt.code)
    expect(misspelt.all).toMatch(/mien/)
  })

  test('a rule that there is not is no finding to wait for', async () => {
    const { code, all } = await asks('{findings: [{rule: instance.mising}]}')
    expect([1, 2], all).toContain(code)
    expect(all).toMatch(/instance\.mising/)
  })

  test('in the text, too, with file and line', async () => {
    const { code, out, err } = await runSuite(
      `${HEAD}- name: it is refused\n  request: {object: pods/orders.yaml}\n  expect: {allowed: false}\n`,
      { args: ['-o', 'text'] },
    )
    expect(code).toBe(1)
    expect(out + err).toMatch(/it is refused/)
    expect(out + err).toMatch(/orders\.dapr-shared-test\.yaml:6/)
    expect(out + err).toMatch(/1 failed/)
  })

  test('every expectation that does not hold, not only the first', async () => {
    const { tests } = await asks(
      '{warnings: 3, env: {app: {DAPR_HTTP_ENDPOINT: "x:1"}}, findings: [{rule: instance.missing}]}',
    )
    expect(tests[0]?.told).toMatch(/warnings/)
    expect(tests[0]?.told).toMatch(/x:1/)
    expect(tests[0]?.told).toMatch(/instance\.missing/)
  })
})

describe('never a pass that saw nothing', () => {
  test('a test whose object does not ask fails, unless it says so', async () => {
    const { code, tests, all } = await plain('{allowed: true}')
    expect(code, all).toBe(1)
    expect(tests[0]?.told).toMatch(/matched: false/)
  })

  test.each([
    ['no expect', ''],
    ['an empty expect', '  expect: {}\n'],
    ['an expect of nothing', '  expect:\n'],
    ['an empty list', '  expect: []\n'],
    ['only when', '  expect: [{when: {}}]\n'],
  ])('%s is no pass', async (_what, expectation) => {
    const { code, all } = await runSuite(
      `${HEAD}- name: the case\n  request: {object: pods/orders.yaml}\n${expectation}`,
    )
    expect([1, 2], all).toContain(code)
    expect(all).toMatch(/expect/)
    expect(all).toMatch(/orders\.dapr-shared-test\.yaml:[678]\b/)
  })

  test('what the kept namespaces hold does not ask', async () => {
    const request = '- name: x\n  request: {object: pods/system.yaml}\n  expect: '
    const files = {
      'pods/system.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: kube-system, annotations: {dapr.io/shared: orders}}\nspec: {containers: [{name: app, image: app}]}\n',
    }
    expect((await runSuite(`${HEAD}${request}{matched: false}\n`, { files })).code).toBe(0)
    expect((await runSuite(`${HEAD}${request}{allowed: true}\n`, { files })).code).toBe(1)
  })
})

describe('variables', () => {
  test('are told as review tells them: a reference by its name and key', async () => {
    const { code, all } = await runSuite(
      suite(
        `{instances: [${ORDERS.replace('}', ', apiToken: true}')}]}`,
        `- name: token
  request: {object: pods/orders.yaml}
  expect: {env: {app: {DAPR_API_TOKEN: "secretKeyRef:orders/dapr-api-token", DAPR_GRPC_ENDPOINT: "http://orders-dapr.shop.svc.cluster.local:50001"}}}
`,
      ),
    )
    expect(code, all).toBe(0)
  })

  test('may have any name, also one that YAML 1.1 takes for a boolean', async () => {
    const { code, all } = await runSuite(
      `${HEAD}- name: x
  request: {object: {apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: orders}}, spec: {containers: [{name: app, image: i, env: [{name: "N", value: "5"}]}]}}}
  expect: {env: {app: {N: "5"}}}
`,
    )
    expect(code, all).toBe(0)
  })

  test('that must be absent are null', async () => {
    expect((await asks('{env: {app: {DAPR_API_TOKEN: null}}}')).code).toBe(0)
    const { code, tests } = await asks('{env: {app: {DAPR_HTTP_ENDPOINT: null}}}')
    expect(code).toBe(1)
    expect(tests[0]?.told).toMatch(/DAPR_HTTP_ENDPOINT/)
  })

  test('of each container that is named, and no other', async () => {
    const object = `{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: orders, dapr.io/shared-containers: b}}, spec: {containers: [{name: a, image: a}, {name: b, image: b}]}}`
    const expecting = (container: string) =>
      runSuite(
        `${HEAD}- name: x\n  request: {object: ${object}}\n  expect: {env: {${container}: {DAPR_HTTP_ENDPOINT: "${HTTP}"}}}\n`,
      )
    expect((await expecting('b')).code).toBe(0)
    expect((await expecting('a')).code).toBe(1)
  })
})

describe('a snapshot of the patch', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dapr-shared-snapshots-'))
    await write('pods/orders.yaml', ASKS)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const SNAPSHOT = 'snapshots/orders.patch.json'
  const testing = (...args: string[]): Promise<Told> =>
    run(['test', folder, '-o', 'json', ...args]).then((ran) => told(ran))
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  async function write(name: string, text: string): Promise<void> {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const aSuite = (expectation = `{patch: ${SNAPSHOT}}`) =>
    write(
      'orders.dapr-shared-test.yaml',
      `${HEAD}- name: the patch\n  request: {object: pods/orders.yaml}\n  expect: ${expectation}\n`,
    )

  test('that is not there is a failure that says how to write it', async () => {
    await aSuite()
    const { code, tests, all } = await testing()
    expect(code, all).toBe(1)
    expect(tests[0]?.outcome).toBe('failed')
    expect(tests[0]?.told).toMatch(/snapshots\/orders\.patch\.json/)
    expect(tests[0]?.told).toMatch(/-u/)
    await expect(stat(join(folder, SNAPSHOT))).rejects.toThrow('ENOENT')
  })

  test('is written by -u, says so, and then holds', async () => {
    await aSuite()
    const written = await testing('-u')
    expect(written.code, written.all).toBe(0)
    expect(written.all).toMatch(/snapshots\/orders\.patch\.json/)
    expect((await testing()).code).toBe(0)
  })

  test('is the patch that review tells', async () => {
    await aSuite()
    await testing('-u')
    const state = `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: d, namespace: shop, labels: {shared.dapr.io/instance: "true"}}
spec:
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec: {containers: [{name: daprd, image: "daprd:1.15.7", args: [--app-id=orders]}]}
---
apiVersion: v1
kind: Service
metadata: {name: orders-dapr, namespace: shop}
spec: {selector: {app: d}, ports: [{port: 3500}, {name: grpc, port: 50001}]}
`
    const reviewed = await run(['review', '-f', 'pod.yaml', '--state', 'state.yaml', '-o', 'patch'], {
      files: { 'pod.yaml': ASKS, 'state.yaml': state },
    })
    expect(JSON.parse(await read(SNAPSHOT))).toEqual(JSON.parse(reviewed.out))
  })

  test('that differs fails and shows the difference, and is left alone without -u', async () => {
    await aSuite()
    await testing('-u')
    const other = (await read(SNAPSHOT)).replace(':3500', ':3501')
    await write(SNAPSHOT, other)
    const { code, tests } = await testing()
    expect(code).toBe(1)
    expect(tests[0]?.told).toMatch(/:3501/)
    expect(tests[0]?.told).toMatch(/:3500/)
    expect(await read(SNAPSHOT)).toBe(other)
  })

  test('is exact: one operation more is a difference', async () => {
    await aSuite()
    await testing('-u')
    const operations = JSON.parse(await read(SNAPSHOT)) as unknown[]
    await write(SNAPSHOT, JSON.stringify([...operations, { op: 'remove', path: '/spec/nodeName' }]))
    expect((await testing()).code).toBe(1)
    await write(SNAPSHOT, JSON.stringify(operations.slice(1)))
    expect((await testing()).code).toBe(1)
  })

  test('does not depend on how its JSON is laid out', async () => {
    await aSuite()
    await testing('-u')
    const compact = JSON.stringify(JSON.parse(await read(SNAPSHOT)))
    await write(SNAPSHOT, compact)
    expect((await testing()).code).toBe(0)
    await testing('-u')
    expect(await read(SNAPSHOT), '-u writes only what changed').toBe(compact)
  })

  test('is written only for the tests that --run chooses', async () => {
    await write(
      'orders.dapr-shared-test.yaml',
      `${HEAD}- {name: a, request: {object: pods/orders.yaml}, expect: {patch: a.json}}
- {name: b, request: {object: pods/orders.yaml}, expect: {patch: b.json}}
`,
    )
    expect((await testing('-u', '--run', 'orders > a')).code).toBe(0)
    expect(JSON.parse(await read('a.json'))).toHaveLength(3)
    await expect(stat(join(folder, 'b.json'))).rejects.toThrow('ENOENT')
  })

  test('lies beside the suite, never at an absolute path that only one machine has', async () => {
    await aSuite(`{patch: ${join(folder, 'absolute.json')}}`)
    const { code, all } = await testing('-u')
    expect(code, all).toBe(2)
    await expect(stat(join(folder, 'absolute.json'))).rejects.toThrow('ENOENT')
  })

  test('is not written for a test that fails otherwise, which goes on failing', async () => {
    await aSuite(`{patch: ${SNAPSHOT}, warnings: 7}`)
    const { code, tests } = await testing('-u')
    expect(code).toBe(1)
    expect(tests[0]?.told).toMatch(/warnings/)
    await expect(stat(join(folder, SNAPSHOT))).rejects.toThrow('ENOENT')
  })

  test('that is no JSON is bad input with its file, not a difference of nothing', async () => {
    await aSuite()
    await write(SNAPSHOT, '[{')
    const { code, all } = await testing()
    expect([1, 2]).toContain(code)
    expect(all).toMatch(/orders\.patch\.json/)
    expect(all).toMatch(/JSON/)
  })

  test('of no patch is an empty list', async () => {
    await write('pods/orders.yaml', ASKS.replace('dapr.io/shared: orders', 'a: b'))
    await aSuite(`{matched: false, patch: ${SNAPSHOT}}`)
    expect((await testing('-u')).code).toBe(0)
    expect(JSON.parse(await read(SNAPSHOT))).toEqual([])
    expect((await testing()).code).toBe(0)
  })

  test('shared by two tests with different patches is not written to and fro without a word', async () => {
    await write(
      'orders.dapr-shared-test.yaml',
      `${HEAD}- name: a
  request: {object: pods/orders.yaml}
  expect: {patch: ${SNAPSHOT}}
- name: b
  request: {object: {apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop, annotations: {dapr.io/shared: orders}}, spec: {containers: [{name: other, image: i}, {name: more, image: i}]}}}
  expect: {patch: ${SNAPSHOT}}
`,
    )
    const { code, all } = await testing('-u')
    expect(code, all).not.toBe(0)
  })

  test('is told for each combination of a matrix by its path', async () => {
    await write(
      'orders.dapr-shared-test.yaml',
      `${HEAD}- name: by strategy
  matrix: {strategy: [DaemonSet, Deployment]}
  state: {instances: [{appId: orders, namespace: shop, strategy: "\${strategy}", ready: 1/1}]}
  request: {object: pods/orders.yaml}
  expect: {patch: "snapshots/\${strategy}.json"}
`,
    )
    expect((await testing('-u')).code).toBe(0)
    expect(await read('snapshots/DaemonSet.json')).toMatch(/daemonset/)
    expect(await read('snapshots/Deployment.json')).toMatch(/deployment/)
  })
})
