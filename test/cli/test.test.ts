import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { ORDERS, PLAIN, POD, suiteOf, testOf } from '../suite/suite-text.ts'
import { run, runIn, type Ran } from './run.ts'

const SUITE = 'tests/orders.dapr-shared-test.yaml'
const GOOD = suiteOf(testOf('{allowed: true}'), { name: 'good' })
const BAD = suiteOf(testOf('{allowed: false}'), { name: 'bad' })
const BROKEN = suiteOf(testOf('{alowed: false}'), { name: 'broken' })

const named = (name: string, expected: string): string => testOf(expected).replace('name: a', `name: ${name}`)

/** Without what differs from run to run. */
const steady = (text: string): string => text.replaceAll(/\d+(\.\d+)? (ms|s)\b/g, '0 ms')

/** A folder that stays for several commands. */
async function folderOf(files: Readonly<Record<string, string>>) {
  const cwd = await mkdtemp(join(tmpdir(), 'dapr-shared-test-'))
  onTestFinished(() => rm(cwd, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true })
    await writeFile(join(cwd, name), text)
  }
  return {
    cwd,
    read: (name: string) => readFile(join(cwd, name), 'utf8'),
    run: (...args: string[]) => runIn(cwd, args),
  }
}

describe('what a run tells', () => {
  test('each suite, what did not pass and why, and a summary', async () => {
    const tests = `${testOf('\n    allowed: false\n    warnings: 0')}\n${named('b', '{allowed: true}')}`
    const { code, out, err } = await run(['test', 'tests'], {
      files: { [SUITE]: suiteOf(tests, { name: 'orders' }) },
    })
    expect(steady(out)).toBe(`FAIL  tests/orders.dapr-shared-test.yaml (orders): 2 tests, 1 failed 0 ms

FAIL  orders > a (tests/orders.dapr-shared-test.yaml:6) 0 ms
  allowed: wanted false, got true (tests/orders.dapr-shared-test.yaml:10)
        There is no finding.

1 suite, 1 not passed; 2 tests: 1 passed, 1 failed (0 ms)
`)
    expect({ code, err }).toEqual({ code: 1, err: '' })
  })

  test('with -v every test, how long it took and what was decided', async () => {
    const { out } = await run(['test', '-v'], { files: { [SUITE]: GOOD } })
    expect(steady(out)).toContain('(good): 1 test 0 ms\n  ok    a (0 ms, injected)\n')
  })

  test('colours where there are some: what was wanted in red, what came in green', async () => {
    const { cwd } = await folderOf({ [SUITE]: suiteOf(testOf('{env: {app: {A: b}}}')) })
    let out = ''
    const io = {
      out: (text: string) => void (out += text),
      err: () => undefined,
      readStdin: async () => '',
      env: {},
      cwd,
      colour: true,
    }
    await runProgram(['test'], io)
    expect(out).toContain('\u001B[31m- A="b"\u001B[39m')
    expect(out).toContain('\u001B[32m+ A is absent\u001B[39m')
  })

  test('a suite whose answers will change with time is noted', async () => {
    const exception = `{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedException, metadata: {name: e, namespace: shop}, spec: {policies: [{name: p, rules: [strategy.not-allowed]}], subjects: {appIds: [orders]}, reason: a good reason for it, expiresAt: "2099-01-31T00:00:00Z"}}`
    const tests = (state: string): string => suiteOf(testOf('{allowed: true}', { state }))
    const add = `add: [${exception}]`
    const silent = await run(['test'], { files: { [SUITE]: tests(`{now: "2026-01-01T00:00:00Z", ${add}}`) } })
    expect(silent).toMatchObject({ code: 0, err: '' })
    const told = await run(['test'], { files: { [SUITE]: tests(`{${add}}`) } })
    expect(told.code).toBe(0)
    expect(told.err).toBe(
      `note: ${SUITE}: its tests see the time of the run, and an exception of their state ends on 2099-01-31, and answers change then. Say which time it is: state.now.\n`,
    )
  })
})

describe('exit codes', () => {
  test.each<[string, Record<string, string>, string[], number]>([
    ['all is well', { [SUITE]: GOOD }, [], 0],
    ['a test fails', { [SUITE]: GOOD, 'b.dapr-shared-test.yaml': BAD }, [], 1],
    ['a test has no expect', { [SUITE]: suiteOf(`- name: a\n  request: {object: ${POD}}`) }, [], 1],
    ['a suite has no tests', { [SUITE]: suiteOf('  []') }, [], 1],
    [
      'a glob has no files',
      { [SUITE]: suiteOf(testOf('{allowed: true}'), { state: '{files: [x/*.yaml]}' }) },
      [],
      1,
    ],
    [
      'a test matched nothing',
      { [SUITE]: suiteOf(testOf('{allowed: true}', { request: `{object: ${PLAIN}}` })) },
      [],
      1,
    ],
    ['a suite is broken', { [SUITE]: BROKEN }, [], 2],
    ['a suite is broken and a test fails', { [SUITE]: BROKEN, 'b.dapr-shared-test.yaml': BAD }, [], 2],
    [
      'a suite names a missing file',
      { [SUITE]: suiteOf(testOf('{allowed: true}', { request: '{object: none.yaml}' })) },
      [],
      2,
    ],
    ['a suite is no YAML', { [SUITE]: 'a: {' }, [], 2],
    ['there is no suite', { 'a.yaml': GOOD }, [], 4],
    ['there is no suite, which is fine', { 'a.yaml': GOOD }, ['--allow-empty'], 0],
    ['no test is chosen', { [SUITE]: GOOD }, ['--run', 'nobody'], 4],
    ['a path is not there', {}, ['nowhere'], 2],
    ['a glob finds none', {}, ['*.dapr-shared-test.yaml'], 4],
    ['no number', {}, ['--parallel', 'x'], 2],
    ['no regular expression', {}, ['--run', '('], 2],
    ['no percentage', {}, ['--coverage-threshold', '101'], 2],
    ['no format', {}, ['--report', 'x=y'], 2],
  ])('%s', async (_, files, args, code) => {
    expect(await run(['test', ...args], { files })).toMatchObject({ code })
  })

  test('a fact that no manifest tells is 3, and never a pass', async () => {
    const policy = `{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedPolicy, metadata: {name: rbac}, spec: {failurePolicy: Ignore, rules: {identity: {unlisted: RBAC}}}}`
    const files = { [SUITE]: suiteOf(testOf('{allowed: true}', { state: `{add: [${policy}]}` })) }
    const { code, out } = await run(['test'], { files })
    expect(code).toBe(3)
    expect(out).toContain('identity.not-bound of policy rbac: no cluster was asked')
  })

  test('a broken suite hides nothing of the others', async () => {
    const { out } = await run(['test'], {
      files: {
        'a.dapr-shared-test.yaml': 'a: {',
        'b.dapr-shared-test.yaml': BROKEN,
        'c.dapr-shared-test.yaml': BAD,
        'd.dapr-shared-test.yaml': GOOD,
      },
    })
    expect(out).toMatch(/ERROR a\.dapr/)
    expect(out).toContain('ERROR broken > a')
    expect(out).toContain('did you mean allowed?')
    expect(out).toContain('FAIL  bad > a')
    expect(out).toMatch(/ok {4}d\.dapr/)
  })

  test('nothing tested says what was looked for', async () => {
    expect((await run(['test', '.'], { files: {} })).err).toContain(
      'no file *.dapr-shared-test.yaml in this folder, or below it. --allow',
    )
    expect((await run(['test', '--run', 'x'], { files: { [SUITE]: GOOD } })).err).toContain('fits --run "x"')
  })
})

describe('which suites and tests', () => {
  test('files by any name, folders deeply, and globs; each once', async () => {
    const files = {
      'a.dapr-shared-test.yaml': GOOD,
      'x/y/b.dapr-shared-test.yml': GOOD,
      'x/other.yaml': GOOD,
      'x/.hidden/c.dapr-shared-test.yaml': BAD,
      'x/node_modules/d.dapr-shared-test.yaml': BAD,
    }
    const suites = async (...args: string[]): Promise<string[]> => {
      const { out } = await run(['test', '-o', 'json', ...args], { files })
      return (JSON.parse(out) as { items: { source: { file: string } }[] }).items.map(
        ({ source }) => source.file,
      )
    }
    expect(await suites()).toEqual(['a.dapr-shared-test.yaml', 'x/y/b.dapr-shared-test.yml'])
    expect(await suites('x')).toEqual(['x/y/b.dapr-shared-test.yml'])
    expect(await suites('x/other.yaml')).toEqual(['x/other.yaml'])
    expect(await suites('x/*', 'x/y')).toEqual(['x/other.yaml', 'x/y/b.dapr-shared-test.yml'])
  })

  test('links do not lead in a circle', async () => {
    const folder = await folderOf({ 'x/a.dapr-shared-test.yaml': GOOD })
    await symlink('..', join(folder.cwd, 'x/up'))
    const { out, code } = await folder.run('test')
    expect(out).toContain('1 suite; 1 test: 1 passed')
    expect(code).toBe(0)
  })

  test('--run chooses by suite and name; the others are skipped', async () => {
    const tests = `${named('one', '{allowed: true}')}\n${named('two', '{allowed: false}')}`
    const files = { [SUITE]: suiteOf(tests, { name: 'orders' }) }
    const { out, code } = await run(['test', '--run', '^orders > one$'], { files })
    expect(out).toContain('1 passed, 1 skipped')
    expect(code).toBe(0)
  })

  test('--run also takes a title as it stands, with the combination of its matrix', async () => {
    const one = `- name: a\n  matrix: {n: ["1", "2"]}\n  request: {object: ${POD.replace('name: web', 'name: "w${n}"')}}\n  expect: {allowed: true}`
    const { code, out } = await run(['test', '--run', 'made-up > a (n: 2)'], {
      files: { [SUITE]: suiteOf(one) },
    })
    expect(out).toContain('2 tests: 1 passed, 1 skipped')
    expect(code).toBe(0)
  })

  test('--fail-fast skips what comes after the first that does not pass', async () => {
    const tests = ['one', 'two', 'three'].map((name) =>
      named(name, name === 'two' ? '{allowed: false}' : '{allowed: true}'),
    )
    const files = { 'a.dapr-shared-test.yaml': suiteOf(tests.join('\n')), 'b.dapr-shared-test.yaml': BAD }
    const { out } = await run(['test', '--fail-fast'], { files })
    expect(out).toContain('4 tests: 1 passed, 1 failed, 2 skipped')
  })
})

describe('what keeps several tests of a suite from running', () => {
  const tests = `${named('one', '{allowed: true}')}\n${named('two', '{allowed: true}')}\n${named('three', '{allowed: true}')}`
  const broken = (file: string): Promise<Ran> =>
    run(['test'], { files: { [SUITE]: suiteOf(tests, { state: `{files: ["${file}"]}` }) } })

  test('is told once, with how many there are', async () => {
    const { out } = await broken('policy/*.yaml')
    expect(
      out.split('no file fits tests/policy/*.yaml. Paths start at the folder of the suite.'),
    ).toHaveLength(2)
    expect(out).toContain('and 2 more tests of this suite')
    const json = await run(['test', '-o', 'json'], {
      files: { [SUITE]: suiteOf(tests, { state: '{files: [gone.yaml]}' }) },
    })
    expect(json.err.split('no such file')).toHaveLength(2)
  })

  test('a file that is not there is an error of the suite, a glob that fits none a failure', async () => {
    const { code, out } = await broken('gone.yaml')
    expect(code).toBe(2)
    expect(out).toContain('no such file: tests/gone.yaml. Paths start at the folder of the suite.')
    expect(await broken('gone/*.yaml')).toMatchObject({ code: 1 })
  })
})

describe('snapshots of patches', () => {
  const files = { [SUITE]: suiteOf(testOf('{allowed: true, patch: snapshots/a.json}')) }

  test('are missing until -u writes them, and only where they changed', async () => {
    const folder = await folderOf(files)
    const before = await folder.run('test')
    expect(before.code).toBe(1)
    expect(before.out).toContain('patch: no such snapshot: tests/snapshots/a.json')

    const first = await folder.run('test', '-u')
    expect(first).toMatchObject({ code: 0, err: 'written: tests/snapshots/a.json\n' })
    const text = await folder.read('tests/snapshots/a.json')
    expect(text).toMatch(/^\[\n {2}\{\n {4}"op": "add",\n[^]*\]\n$/)
    expect(await folder.run('test')).toMatchObject({ code: 0, err: '' })
    expect(await folder.run('test', '-u')).toMatchObject({ code: 0, err: '' })

    await writeFile(join(folder.cwd, 'tests/snapshots/a.json'), text.replace(':3500', ':3501'))
    const differs = await folder.run('test')
    expect(differs.code).toBe(1)
    expect(differs.out).toMatch(
      /patch: the patch differs from tests\/snapshots\/a.json [^]*- \{.*:3501[^]*\+ \{.*:3500[^]*If that is meant: dapr-shared test -u/,
    )
    expect(await folder.run('test', '-u')).toMatchObject({
      code: 0,
      err: 'updated: tests/snapshots/a.json\n',
    })
    expect(await folder.read('tests/snapshots/a.json')).toBe(text)
  })

  test('are not written of a test that does not hold otherwise', async () => {
    const folder = await folderOf({ [SUITE]: suiteOf(testOf('{warnings: 7, patch: snapshots/a.json}')) })
    expect(await folder.run('test', '-u')).toMatchObject({ code: 1, err: '' })
    await expect(folder.read('tests/snapshots/a.json')).rejects.toThrow('ENOENT')
  })

  test('are not written of a pod that is refused, which has no patch', async () => {
    const folder = await folderOf({
      [SUITE]: suiteOf(testOf('{patch: snapshots/a.json}'), { state: '{}' }),
    })
    const { code, out } = await folder.run('test', '-u')
    expect(code).toBe(1)
    expect(out).toMatch(/patch: the pod is refused, so there is no patch [^]*Deny \[instance.missing\]/)
    await expect(folder.read('tests/snapshots/a.json')).rejects.toThrow('ENOENT')
  })

  test('two tests cannot want different patches of one file', async () => {
    const own = testOf('{patch: a.json}')
      .replace('name: a', 'name: other')
      .replace('{name: app}', '{name: web}')
    const folder = await folderOf({ [SUITE]: suiteOf(`${testOf('{patch: a.json}')}\n${own}`) })
    const { code, out } = await folder.run('test', '-u')
    expect(code).toBe(1)
    expect(out).toContain('patch: the test "a" has another patch for the same snapshot, a.json')
  })

  test('one that is no JSON is told', async () => {
    const { code, out } = await run(['test'], { files: { ...files, 'tests/snapshots/a.json': '{' } })
    expect(code).toBe(2)
    expect(out).toContain('tests/snapshots/a.json is no JSON')
  })
})

describe('coverage', () => {
  const policy = `{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedPolicy, metadata: {name: strict}, spec: {rules: {strategies: {allowed: [Deployment]}, capacity: {maxPods: 9}}}}`
  const idle = policy.replace('strict', 'idle').replace('spec: {', 'spec: {match: {appIds: [nobody]}, ')
  const files = {
    [SUITE]: suiteOf(
      testOf('{allowed: false, findings: [{rule: strategy.not-allowed, policy: strict}]}', {
        state: `{add: [${policy}, ${idle}]}`,
      }),
    ),
  }

  test('tells what rules and policies did, and what nothing looked at', async () => {
    const { out, code } = await run(['test', '--coverage'], { files })
    expect(code).toBe(0)
    expect(out).toMatch(/^strategy\.not-allowed +1 +1$/m)
    expect(out).toMatch(/^instance\.missing +0 +0 {2}never$/m)
    expect(out).toMatch(/^strict +1 +1 +0 +1 {2}\(tests\/orders.*:7\)$/m)
    expect(out).toMatch(/^ {2}rules\.strategies +1$/m)
    expect(out).toMatch(/^ {2}rules\.capacity\.maxPods +0 +never$/m)
    expect(out).toMatch(/^idle +0 +0 +0 +1 {2}never {2}\(tests/m)
  })

  test('fails below a threshold with what is missing, and not at it', async () => {
    const { err, code } = await run(['test', '--coverage-threshold', 'policies=80'], { files })
    expect(code).toBe(1)
    expect(err).toContain('coverage of policies is 33.3 %, wanted at least 80 %')
    expect(err).toContain('policy idle (tests/orders.dapr-shared-test.yaml:7): governs no tested object')
    expect(err).toContain('rules.capacity.maxPods never made a finding')
    expect((await run(['test', '--coverage-threshold', 'policies=33.3'], { files })).code).toBe(0)
    expect((await run(['test', '--coverage-threshold', '90'], { files })).err).toContain(
      'no test expects these rules: annotation.invalid, ',
    )
  })

  test('that is too low fails a report too', async () => {
    const { out } = await run(['test', '--coverage-threshold', 'policies=80', '-o', 'junit'], { files })
    expect(out).toContain('<failure')
    expect(out).toContain('coverage of policies is 33.3 %')
    expect((await run(['test', '--coverage', '-o', 'junit'], { files })).out).not.toContain('<failure')
  })

  test('counts nothing that no suite can reach, so that all of it can be reached', async () => {
    const { err } = await run(['test', '--coverage-threshold', 'rules=100'], { files })
    expect(err).toContain('no test expects these rules: ')
    expect(err).not.toMatch(/instance\.in-use|injection\.incomplete|policy\.invalid/)
  })

  test('stands in Markdown, in a few lines', async () => {
    const { out } = await run(['test', '--coverage', '-o', 'markdown'], { files })
    expect(out).toContain('policies 33.3 %')
    expect(out).toContain('governs no tested object')
  })

  test('stands in the JSON', async () => {
    const { out } = await run(['test', '--coverage', '-o', 'json'], { files })
    expect(JSON.parse(out)).toMatchObject({
      coverage: {
        policies: {
          percent: 33.3,
          items: [
            {
              policy: 'strict',
              tests: 1,
              governed: 1,
              quiet: 0,
              parts: [
                { part: 'rules.strategies', found: 1 },
                { part: 'rules.capacity.maxPods', found: 0 },
              ],
            },
            { policy: 'idle', governed: 0 },
          ],
        },
      },
    })
  })
})

describe('for machines', () => {
  const files = {
    'a.dapr-shared-test.yaml': 'a: {',
    'b.dapr-shared-test.yaml': BAD,
    'c.dapr-shared-test.yaml': GOOD,
  }

  test('-o json is one TestResult', async () => {
    const { out } = await run(['test', '-o', 'json'], { files })
    const result = JSON.parse(out) as { items: object[] }
    expect(result).toMatchObject({
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'TestResult',
      summary: { suites: 3, tests: 2, passed: 1, failed: 1, errors: 1, skipped: 0 },
      notes: [],
    })
    expect(result.items).toMatchObject([
      { suite: '', name: '', outcome: 'error', source: { file: 'a.dapr-shared-test.yaml' } },
      {
        suite: 'bad',
        name: 'a',
        outcome: 'failed',
        source: { file: 'b.dapr-shared-test.yaml', line: 6 },
        problems: [{ field: 'allowed', message: 'wanted false, got true', source: { line: 9 } }],
        decision: { allowed: true, matched: true, object: { kind: 'Pod', namespace: 'shop', name: 'web' } },
      },
      { suite: 'good', outcome: 'passed', problems: [] },
    ])
  })

  test.each(['yaml', 'junit', 'sarif', 'github', 'markdown', 'tap', 'openreports'])(
    '-o %s names the failed test, and stands alone on standard output',
    async (format) => {
      const { out, code } = await run(['test', '-o', format], { files })
      expect(code).toBe(2)
      expect(out).toContain('b.dapr-shared-test.yaml')
      expect(out).not.toContain('3 suites')
    },
  )

  test('two suites of one name are told apart', async () => {
    const twins = { 'a.dapr-shared-test.yaml': GOOD, 'b.dapr-shared-test.yaml': GOOD }
    const { out } = await run(['test', '-o', 'junit'], { files: twins })
    expect(out).toContain('name="good (a.dapr-shared-test.yaml)"')
    expect(out).toContain('name="good (b.dapr-shared-test.yaml)"')
  })

  test('--report writes beside the text', async () => {
    const folder = await folderOf(files)
    const { out } = await folder.run(
      'test',
      '--report',
      'json=out/result.json',
      '--report',
      'junit=out/junit.xml',
    )
    expect(out).toContain('3 suites')
    expect(JSON.parse(await folder.read('out/result.json'))).toMatchObject({ kind: 'TestResult' })
    expect(await folder.read('out/junit.xml')).toContain('<testsuite')
  })
})

test('the state of one test is none of the others: they pass in any order', async () => {
  const gone = testOf('{allowed: false}', { state: '{remove: [DaemonSet/shop/orders]}' })
  const there = testOf('{allowed: true}').replace('name: a', 'name: b')
  for (const tests of [`${gone}\n${there}`, `${there}\n${gone}`]) {
    const { code } = await run(['test'], {
      files: { [SUITE]: suiteOf(tests, { state: `{instances: [${ORDERS}]}` }) },
    })
    expect(code).toBe(0)
  }
})

test('on a terminal long work tells how far it is, and takes it away at the end', async () => {
  const { cwd } = await folderOf({ [SUITE]: GOOD })
  const shown: string[] = []
  const io = {
    out: () => undefined,
    err: () => undefined,
    readStdin: async () => '',
    env: {},
    cwd,
    colour: false,
  }
  await runProgram(['test'], { ...io, progress: (line) => void shown.push(line) })
  expect(shown.at(-1)).toBe('')
})

test('a suite that uses all of the format', async () => {
  const folder = await folderOf({
    'orders.dapr-shared-test.yaml': WHOLE_FORMAT,
    'cluster/other.yaml':
      '{apiVersion: v1, kind: Service, metadata: {name: other, namespace: shop}, spec: {}}',
    'pods/orders.yaml': POD,
    'pods/plain.yaml': PLAIN,
    'deploy/orders.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {annotations: {dapr.io/shared: orders}}, spec: {containers: [{name: app}]}}}`,
  })
  expect((await folder.run('test', '-u')).out).toContain('10 tests: 10 passed')
  expect((await folder.run('test')).out).toContain('10 tests: 10 passed')
})

const WHOLE_FORMAT = `
apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: orders}
state:
  files: [cluster/*.yaml]
  namespaces: {shop: {env: prod}}
  instances:
  - {appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3, apiToken: true, internalTrafficPolicy: Local}
  now: "2026-09-30T00:00:00Z"
tests:
- name: injects endpoints
  request: {operation: CREATE, object: pods/orders.yaml, namespace: shop, userInfo: {username: alice}}
  expect:
    allowed: true
    env: {app: {DAPR_HTTP_ENDPOINT: "http://orders-dapr.shop.svc.cluster.local:3500"}}
    patch: snapshots/orders.patch.json
    idempotent: true
- name: refused when the instance is gone
  state: {remove: [DaemonSet/shop/orders]}
  request: {object: deploy/orders.yaml}
  expect:
    allowed: false
    findings: [{rule: instance.missing, action: Deny, message: /orders/}]
    only: true
- name: readiness
  matrix: {ready: [0/3, 1/3, 3/3], strategy: [DaemonSet, Deployment]}
  state: {instances: [{appId: orders, namespace: shop, strategy: "\${strategy}", ready: "\${ready}"}]}
  request: {object: pods/orders.yaml}
  expect:
  - {when: {ready: 0/3}, allowed: true, warnings: 1}
  - {allowed: true, warnings: 0}
- name: not our business
  request: {object: pods/plain.yaml}
  expect: {matched: false}
- name: annotation added later
  request: {operation: UPDATE, oldObject: pods/plain.yaml, object: pods/orders.yaml}
  expect: {allowed: false, findings: [{rule: annotation.changed}]}
`
