import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../cli/run.ts'
import { ASKS, HEAD, ORDERS, runFiles, runSuite, suite, told } from './run-suite.ts'

/** Bad input is told with its line and is never green. */

const GOOD = `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata:
  name: orders
state:
  files: [cluster/*.yaml]
  namespaces: {shop: {env: prod}}
  instances:
  - appId: orders
    namespace: shop
    strategy: DaemonSet
    ready: 3/3
  now: "2026-09-30T00:00:00Z"
tests:
- name: the case
  state:
    remove: [Namespace/spare]
  request:
    operation: CREATE
    object: pods/orders.yaml
    userInfo:
      username: alice
  expect:
    allowed: true
    findings:
    - rule: security.api-token
      action: Audit
- name: by strategy
  matrix:
    strategy: [DaemonSet, Deployment]
  request: {object: pods/orders.yaml}
  expect:
  - when:
      strategy: DaemonSet
    allowed: true
  - allowed: true
`
const FILES = { 'cluster/spare.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: spare}\n' }
const good = (text: string) => runSuite(text, { files: FILES })

/** The suite with a line put after the first that begins so; and the number of that line. */
function withLine(after: string, line: string): { readonly text: string; readonly at: number } {
  const lines = GOOD.split('\n')
  const at = lines.findIndex((each) => each.trimStart().startsWith(after)) + 1
  if (at === 0) throw new Error(`no line begins with ${after}`)
  return { text: [...lines.slice(0, at), line, ...lines.slice(at)].join('\n'), at: at + 1 }
}

test('the suite that is broken below is a good one', async () => {
  const { code, all } = await good(GOOD)
  expect(code, all).toBe(0)
})

describe('an unknown field is an error with its line', () => {
  test.each([
    ['the suite', 'kind: Suite', 'test: []', 'test'],
    ['metadata', 'name: orders', '  nam: x', 'nam'],
    ['state', 'files:', '  file: [x]', 'file'],
    ['an instance', '- appId', '    app: x', 'app'],
    ['a test', '- name: the case', '  expects: {allowed: true}', 'expects'],
    ["a test's state", 'remove:', '    removed: [x]', 'removed'],
    ['a request', 'operation:', '    op: CREATE', 'op'],
    ['userInfo', 'username:', '      user: x', 'user'],
    ['expect', 'allowed: true', '    alowed: false', 'alowed'],
    ['a finding', '- rule:', '      mesage: x', 'mesage'],
    ['one of several expectations', '- allowed: true', '    warning: 1', 'warning'],
  ])('in %s', async (_where, after, line, field) => {
    const { text, at } = withLine(after, line)
    const { code, all } = await good(text)
    expect(code, all).toBe(2)
    expect(all).toContain(`"${field}"`)
    expect(all).toContain(`orders.dapr-shared-test.yaml:${at}`)
  })

  test('all at once, not one after the other', async () => {
    const { all } = await good(
      GOOD.replace('    object: pods', '    objct: 1\n    object: pods').replace(
        '  matrix:',
        '  matrx: 1\n  matrix:',
      ),
    )
    expect(all).toContain('"objct"')
    expect(all).toContain('"matrx"')
  })

  test('a field that is there twice is bad input', async () => {
    const { text, at } = withLine('allowed: true', '    allowed: false')
    const { code, all } = await good(text)
    expect(code).toBe(2)
    expect(all).toMatch(/allowed|unique|twice/i)
    expect(all).toContain(`orders.dapr-shared-test.yaml:${at}`)
  })
})

describe('a value of the wrong kind is an error that says what was wanted and what was got', () => {
  test.each([
    ['allowed: true', 'allowed: "yes"', /allowed.*true or false.*"yes"/],
    ['allowed: true', 'allowed:', /allowed/],
    ['allowed: true', 'warnings: many', /warnings.*"many"/],
    ['allowed: true', 'warnings: -1', /warnings.*-1/],
    ['allowed: true', 'warnings: 1.5', /warnings.*1\.5/],
    ['allowed: true', 'matched: "false"', /matched.*"false"/],
    ['allowed: true', 'only: 1', /only.*1/],
    ['allowed: true', 'env: {app: [A]}', /env\.app/],
    ['allowed: true', 'patch: {}', /patch/],
    ['action: Audit', 'action: deny', /action.*Deny.*"deny"/],
    ['action: Audit', 'message: /(/', /message|expression/],
    ['action: Audit', 'message: [x]', /message/],
    ['action: Audit', 'message: ""', /message/],
    ['apiVersion: test', 'apiVersion: test.shared.dapr.io/v2', /apiVersion|v2/],
    ['kind: Suite', 'kind: Suit', /kind|Suit/],
    ['name: orders', 'name: [x]', /name/],
    ['- name: the case', '- name: ""', /name/],
    ['- name: the case', '- nothing: x', /name|nothing/],
    ['files:', 'files: cluster/*.yaml', /files/],
    ['namespaces:', 'namespaces: [shop]', /namespaces/],
    ['namespaces:', 'namespaces: {shop: {env: [a]}}', /env/],
    ['remove:', 'remove: Namespace/spare', /remove/],
  ])('%s as %s', async (line, wrong, saying) => {
    const lines = GOOD.split('\n')
    const at = lines.findIndex((each) => each.trimStart().startsWith(line))
    const before = lines[at] ?? ''
    lines[at] = before.slice(0, before.length - before.trimStart().length) + wrong
    const { code, all } = await good(lines.join('\n'))
    expect(code, all).toBe(2)
    expect(all).toMatch(saying)
    expect(all).toContain(`orders.dapr-shared-test.yaml:${at + 1}`)
  })

  test('two tests of one name, which no report could tell apart', async () => {
    const { code, all } = await good(GOOD.replace('name: by strategy', 'name: the case'))
    expect(code, all).toBe(2)
    expect(all).toMatch(/orders\.dapr-shared-test\.yaml:28/)
  })
})

describe('a suite that is not one', () => {
  test.each([
    ['broken YAML', 'a: [1\nb: 2\n', /orders\.dapr-shared-test\.yaml:\d/],
    ['empty', '', /orders\.dapr-shared-test\.yaml/],
    ['a comment only', '# nothing\n', /orders\.dapr-shared-test\.yaml/],
    ['a list', '- 1\n', /orders\.dapr-shared-test\.yaml:1/],
    ['a pod', ASKS, /orders\.dapr-shared-test\.yaml:\d.*(Suite|kind|apiVersion)/s],
    [
      'two documents',
      `${HEAD}- {name: x, request: {object: pods/orders.yaml}, expect: {allowed: true}}\n---\n${GOOD}`,
      /orders\.dapr-shared-test\.yaml:[78]/,
    ],
    ['binary', '\u0000\u0001\u0002', /orders\.dapr-shared-test\.yaml/],
  ])('(%s) is bad input', async (_what, text, saying) => {
    const { code, all } = await good(text)
    expect(code, all).toBe(2)
    expect(all).toMatch(saying)
  })

  test('broken YAML is told with its line and a caret', async () => {
    const { code, all } = await good(GOOD.replace('ready: 3/3', 'ready: [3/3'))
    expect(code).toBe(2)
    expect(all).toMatch(/orders\.dapr-shared-test\.yaml:1[234]/)
    expect(all).toMatch(/^\s*\^\s*$/m)
  })

  test.each([
    ['without tests', GOOD.slice(0, GOOD.indexOf('tests:'))],
    ['with an empty list of tests', `${GOOD.slice(0, GOOD.indexOf('tests:'))}tests: []\n`],
    ['with nothing for tests', `${GOOD.slice(0, GOOD.indexOf('tests:'))}tests:\n`],
  ])('%s is a failure, also beside a good one and with --allow-empty', async (_what, text) => {
    const files = {
      ...FILES,
      'pods/orders.yaml': ASKS,
      'good.dapr-shared-test.yaml': GOOD,
      'orders.dapr-shared-test.yaml': text,
    }
    for (const args of [[], ['--allow-empty'], ['orders.dapr-shared-test.yaml', '--allow-empty']]) {
      const { code, all } = await runFiles(files, args)
      expect([1, 2], all).toContain(code)
      expect(all).toMatch(/tests/)
      expect(all).toMatch(/orders\.dapr-shared-test\.yaml/)
    }
  })

  test('does not keep the others from being run', async () => {
    const { code, tests } = await runFiles({
      ...FILES,
      'pods/orders.yaml': ASKS,
      'a.dapr-shared-test.yaml': 'a: [1',
      'b.dapr-shared-test.yaml': GOOD,
    })
    expect(code).toBe(2)
    expect(tests.filter(({ outcome }) => outcome === 'passed')).toHaveLength(3)
  })

  test('of several wrongs bad input counts before a failure', async () => {
    const failing = `${HEAD}- {name: x, request: {object: pods/orders.yaml}, expect: {allowed: false}}\n`
    const files = { 'pods/orders.yaml': ASKS, 'a.dapr-shared-test.yaml': failing }
    expect((await runFiles(files)).code).toBe(1)
    expect((await runFiles({ ...files, 'b.dapr-shared-test.yaml': 'x: 1' })).code).toBe(2)
  })
})

describe('YAML as people write it', () => {
  test.each([
    ['CRLF', GOOD.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${GOOD}`],
    ['both', `\uFEFF${GOOD.replaceAll('\n', '\r\n')}`],
    ['a document mark', `---\n${GOOD}...\n`],
    ['comments', GOOD.replaceAll(/$/gm, ' # why')],
    [
      'anchors',
      GOOD.replace('expect:\n    allowed: true', 'expect:\n    allowed: &yes true').replace(
        '- allowed: true',
        '- allowed: *yes',
      ),
    ],
  ])('%s', async (_what, text) => {
    const { code, all } = await good(text)
    expect(code, all).toBe(0)
  })

  test('anchors of whole requests, and merge keys', async () => {
    const { code, all } = await good(
      `${HEAD}- &first
  name: first
  request: &request {object: pods/orders.yaml}
  expect: &expect {allowed: true}
- {name: second, request: *request, expect: *expect}
`,
    )
    expect(code, all).toBe(0)
  })

  test('anchors that grow without end are refused', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, at) => `  a${at + 1}: &a${at + 1} [${Array.from({ length: 10 }, () => `*a${at}`).join(', ')}]`,
    )
    const { code } = await good(
      `${HEAD}- name: x\n  request:\n    object:\n      a0: &a0 [x]\n    ${levels.join('\n    ')}\n  expect: {allowed: true}\n`,
    )
    expect(code).toBe(2)
  })

  test('CRLF keeps the lines right', async () => {
    const { text, at } = withLine('operation:', '    op: CREATE')
    const { all } = await good(text.replaceAll('\n', '\r\n'))
    expect(all).toContain(`orders.dapr-shared-test.yaml:${at}`)
  })
})

describe('exit codes of runs that saw nothing', () => {
  test('4 without suites, 0 where that is fine', async () => {
    const nothing = await runFiles({ 'a.yaml': ASKS })
    expect(nothing.code).toBe(4)
    expect(nothing.all).toMatch(/dapr-shared-test\.yaml/)
    expect((await runFiles({ 'a.yaml': ASKS }, ['--allow-empty'])).code).toBe(0)
  })

  test('4 where --run fits no test', async () => {
    const { code, all } = await runSuite(GOOD, { files: FILES, args: ['--run', 'no such test'] })
    expect(code, all).toBe(4)
    expect(
      (await runSuite(GOOD, { files: FILES, args: ['--run', 'no such test', '--allow-empty'] })).code,
    ).toBe(0)
  })

  test.each([
    ['a path that is not there', ['nope'], /nope/],
    ['a suite that is not there', ['nope.dapr-shared-test.yaml'], /nope\.dapr-shared-test\.yaml/],
    ['a file that is no suite', ['pods/orders.yaml'], /pods\/orders\.yaml/],
    ['a broken expression', ['--run', '('], /--run/],
    ['an unknown flag', ['--parralel', '3'], /--parralel/],
    ['an unknown format', ['-o', 'xml'], /xml/],
    ['no parallel suites', ['--parallel', '0'], /--parallel/],
    ['a threshold over all', ['--coverage-threshold', '101'], /101/],
    ['a threshold of something else', ['--coverage-threshold', 'rule=50'], /rule/],
  ])('2 for %s', async (_what, args, saying) => {
    const { code, err, all } = await runSuite(GOOD, { files: FILES, args })
    expect(code, all).toBe(2)
    expect(err).toMatch(saying)
  })

  test('a glob that fits no suite is not green beside one that does', async () => {
    const { code, all } = await runSuite(GOOD, {
      files: FILES,
      args: ['*.dapr-shared-test.yaml', 'nope/*.dapr-shared-test.yaml'],
    })
    expect(code, all).not.toBe(0)
    expect(all).toMatch(/nope/)
  })
})

test('a folder that is named and holds no suite is not passed over beside one that does', async () => {
  const files = { ...FILES, 'pods/orders.yaml': ASKS, 'a.dapr-shared-test.yaml': GOOD }
  const { code, all } = await runFiles(files, ['a.dapr-shared-test.yaml', 'pods'])
  expect(code, all).not.toBe(0)
  expect(all).toMatch(/pods: /)
})

describe('an answer that needs an unknown fact proves nothing', () => {
  const policy = (spec: string) =>
    `apiVersion: shared.dapr.io/v1alpha1\nkind: DaprSharedPolicy\nmetadata: {name: p}\nspec: ${spec}\n`
  const owned = ASKS.replace(
    'namespace: shop,',
    'namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: checkout-5d9, uid: "1", controller: true}],',
  )
  const expecting = (spec: string, expectation: string) =>
    runSuite(
      suite(
        `{files: [policy.yaml], instances: [${ORDERS}]}`,
        `- {name: owned, request: {object: owned.yaml}, expect: ${expectation}}\n`,
      ),
      { files: { 'policy.yaml': policy(spec), 'owned.yaml': owned } },
    )

  test('3 where the rule does not fire for want of it', async () => {
    const ran = await expecting(
      '{failurePolicy: Ignore, rules: {workloads: {allowedKinds: [Deployment]}}}',
      '{allowed: true}',
    )
    expect(ran.code, ran.all).toBe(3)
    expect(ran.tests[0]?.told).toMatch(/ReplicaSet "checkout-5d9"/)
  })

  test.each([
    ['the owner', '{rules: {workloads: {allowedKinds: [Deployment]}}}', /ReplicaSet/],
    ['what only a cluster answers', '{rules: {identity: {bindings: [], unlisted: RBAC}}}', /no cluster/],
  ])('no pass where the rule fires for want of it, whatever is expected: %s', async (_what, spec, saying) => {
    for (const expectation of ['{allowed: true}', '{allowed: false}']) {
      const { code, all } = await expecting(spec, expectation)
      expect([1, 3], `${expectation} ${all}`).toContain(code)
      expect(all).toMatch(saying)
    }
  })
})

describe('files that lead in a circle', () => {
  test('a state that is the suite itself is told', async () => {
    const { code, all } = await runSuite(
      suite(
        '{files: ["*.yaml"]}',
        '- {name: x, request: {object: pods/orders.yaml}, expect: {allowed: false}}\n',
      ),
    )
    expect([0, 2], all).toContain(code)
  })

  test('a folder that leads to itself ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-circle-'))
    try {
      await symlink(folder, join(folder, 'again'))
      await writeFile(join(folder, 'pod.yaml'), ASKS)
      await writeFile(
        join(folder, 'a.dapr-shared-test.yaml'),
        `${HEAD}- {name: x, request: {object: pod.yaml}, expect: {allowed: true}}\n`,
      )
      const { tests, all } = told(await run(['test', folder, '-o', 'json']))
      expect(
        tests.map(({ name }) => name),
        all,
      ).toEqual(['x'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
