import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { instance, run } from './run.ts'

const NOBODY_LISTENS = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`
const head = 'apiVersion: shared.dapr.io/v1alpha1\nkind: DaprSharedPolicy\nmetadata: {name: prod}\n'
const good = `${head}spec: {rules: {strategies: {allowed: [DaemonSet]}}}\n`
const bad = `${head}spec:\n  rules: {identity: {}}\n`
const warned = `${head}spec: {rules: {capacity: {maxPods: 0}}}\n`
const selecting = `${head}spec: {match: {namespaceSelector: {matchLabels: {env: prod}}}}\n`
const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: dev}}\n'

describe('dapr-shared lint', () => {
  test('tells file, line, severity, check, and the cure', async () => {
    const { out, err, code } = await run(['lint', 'p'], { files: { 'p/bad.yaml': bad } })
    expect(out)
      .toBe(`p/bad.yaml:5: Error [identity.nobody] DaprSharedPolicy prod: it binds no app-id, and refuses those that are not bound: nobody may use any.
    Add bindings, or say unlisted: Allow or RBAC.

1 error, 0 warnings, 0 infos; 1 object looked at
`)
    expect({ err, code }).toEqual({ err: '', code: 1 })
  })

  test('a name that a terminal would obey is shown, on its own line', async () => {
    const named = bad.replace('name: prod', 'name: "a\\e[2J\\n::error::x"')
    const { out } = await run(['lint', 'p.yaml'], { files: { 'p.yaml': named } })
    expect(out).toContain('DaprSharedPolicy a\\u{1b}[2J\\u{a}::error::x: ')
  })

  describe('exits with', () => {
    test.each([
      ['0 where nothing is wrong', 0, good, []],
      ['0 where less is wrong than --fail-on', 0, warned, []],
      ['1 where as much is', 1, warned, ['--fail-on', 'Warning']],
      ['1 where more is', 1, bad, ['--fail-on', 'Info']],
      ['2 where it is no manifest', 2, 'a: [', []],
      ['4 where there is nothing to judge', 4, namespace, []],
      ['0 there with --allow-empty', 0, namespace, ['--allow-empty']],
    ])('%s', async (_, code, text, args) => {
      expect((await run(['lint', 'p.yaml', ...args], { files: { 'p.yaml': text } })).code).toBe(code)
    })

    test('4 with a word why, and what was passed over is counted', async () => {
      const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'
      const files = { 'p.yaml': `${configMap}---\n---\n${configMap.replace('name: a', 'name: b')}` }
      const { code, err } = await run(['lint', 'p.yaml'], { files })
      expect({ code, err }).toEqual({
        code: 4,
        err: 'skipped: ConfigMap (2), empty documents (1)\nnothing to judge: there is no policy, grant, exception or instance.\n',
      })
      const strict = await run(['lint', 'p.yaml', '--strict'], { files })
      expect(strict.code).toBe(2)
      expect(strict.err).toContain('p.yaml:1: v1 ConfigMap is no kind that this command knows (--strict).')
    })

    test.each([
      ['nothing is named', ['lint'], 'give PATH, --state PATH or --cluster'],
      ['a file is not there', ['lint', 'none.yaml'], 'none.yaml: no such file'],
      ['both kinds of state are named', ['lint', '--cluster', '--state', 'p.yaml'], 'Keep one of the two'],
      ['standard input is named twice', ['lint', '-', '--state', '-'], 'it can be read once'],
      [
        'the namespace is none',
        ['lint', 'p.yaml', '-n', 'A/B'],
        '--namespace: wanted the name of a namespace',
      ],
    ])('2 where %s', async (_, args, sentence) => {
      const { code, err, out } = await run(args, { files: { 'p.yaml': good } })
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain(sentence)
    })

    test('3 where the cluster does not tell', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-kubeconfig-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const kubeconfig = join(folder, 'config')
      await writeFile(kubeconfig, NOBODY_LISTENS)
      const { code, err, out } = await run(['lint', 'p.yaml', '--cluster', '--kubeconfig', kubeconfig], {
        files: { 'p.yaml': good },
      })
      expect({ code, out }).toEqual({ code: 3, out: '' })
      expect(err).toMatch(/^https:\/\/127.0.0.1:9 did not list \w+/)
    })
  })

  test('--state is held against, and not judged where PATH is', async () => {
    const files = { 'p.yaml': selecting, 'state/ns.yaml': namespace, 'state/order.yaml': instance('order') }
    const { out } = await run(['lint', 'p.yaml', '--state', 'state', '-o', 'json'], { files })
    expect(JSON.parse(out)).toMatchObject({
      kind: 'LintResult',
      items: [{ check: 'match.no-namespace', source: { file: 'p.yaml', line: 4 } }],
      summary: { judged: 1, errors: 0, warnings: 1, infos: 0 },
    })
    const alone = await run(['lint', '--state', 'state', '-o', 'yaml'], { files })
    expect(parse(alone.out)).toMatchObject({
      summary: { judged: 1 },
      items: [{ object: { namespace: 'shop', name: 'order' } }, {}, {}, {}],
    })
  })

  test('reads standard input', async () => {
    const { out, code } = await run(['lint', '-'], { stdin: bad })
    expect(out).toContain('<stdin>:5: Error [identity.nobody]')
    expect(code).toBe(1)
  })

  test('says what of the state it left out', async () => {
    const files = { 'p.yaml': good, 'state.yaml': bad.replace('rules', 'rulez').replace('prod', 'other') }
    const { err, code } = await run(['lint', 'p.yaml', '--state', 'state.yaml'], { files })
    expect(err).toBe('left out, as it cannot be read: DaprSharedPolicy other (state.yaml). Lint it too.\n')
    expect(code).toBe(0)
  })
})
