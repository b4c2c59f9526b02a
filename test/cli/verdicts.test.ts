import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { commandsIn } from '../report/runner-commands.ts'
import { instance, pod, run, type Ran } from './run.ts'

/** No format says anything else than the exit code. */

const policy = (action: string): string => `apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: prod}
spec:
  failurePolicy: Ignore
  validationActions: [${action}]
  rules: {identity: {unlisted: RBAC}}
`
const typo = pod('order').replace('dapr.io/shared:', 'dapr.io/shared-fooo: x, dapr.io/shared:')
const files = {
  'state/order.yaml': instance('order'),
  'pod.yaml': pod('order'),
  'typo.yaml': typo,
  'silent.yaml': pod('order').replace('dapr.io/shared', 'other/annotation'),
  'deny.yaml': policy('Deny'),
  'warn.yaml': policy('Warn'),
  'broken.yaml': 'a: b\n c: d\n',
}

const review = (...args: string[]): Promise<Ran> => run(['review', '--state', 'state', ...args], { files })

describe('--fail-on', () => {
  test.each([
    ['junit', /failures="1"/],
    ['tap', /^not ok 1 /m],
    ['markdown', /^### ❌ .*: failed\n[^]*What failed/],
    ['github', /^::error .*annotation\.unknown[^]*0 passed, 1 failed/],
    ['openreports', /"result": "fail"/],
    ['sarif', /"level": "error"/],
  ])('what it makes fail has failed in %s', async (format, failed) => {
    const { out, code } = await review('-f', 'typo.yaml', '--fail-on', 'Warn', '-o', format)
    expect(code).toBe(1)
    expect(out).toMatch(failed)
    const lenient = await review('-f', 'typo.yaml', '-o', format)
    expect(lenient.code).toBe(0)
    expect(lenient.out).not.toMatch(failed)
  })

  test('of lint, too', async () => {
    const lone = {
      'p.yaml':
        'apiVersion: shared.dapr.io/v1alpha1\nkind: DaprSharedPolicy\nmetadata: {name: p}\nspec: {match: {namespaceSelector: {matchLabels: {a: b}}}, rules: {locality: {}}}\n',
      'ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
    }
    const args = ['lint', 'p.yaml', '--state', 'ns.yaml', '-o', 'junit']
    const lenient = await run(args, { files: lone })
    const strict = await run([...args, '--fail-on', 'Info'], { files: lone })
    expect([lenient.code, strict.code]).toEqual([0, 1])
    expect(lenient.out).toContain('failures="0"')
    expect(strict.out).toContain('failures="1"')
  })
})

describe('what is unknown', () => {
  const why = 'unknown: identity.not-bound of policy prod for Pod shop/app: no cluster was asked whether'

  test('is an error that says so where it makes the exit code 3, and is told once', async () => {
    const { out, code } = await review('--state', 'deny.yaml', '-f', 'pod.yaml', '-o', 'junit')
    expect(code).toBe(3)
    expect(out).toContain('errors="1"')
    expect(out).toContain(`<error type="unknown" message="unknown: identity.not-bound of policy prod`)
    expect(out).not.toContain('<system-err>')
  })

  test('is a note where it does not', async () => {
    const { out, code } = await review('--state', 'warn.yaml', '-f', 'pod.yaml', '-o', 'junit')
    expect(code).toBe(0)
    expect(out).toContain('errors="0"')
    expect(out).toContain('<system-err>unknown: identity.not-bound of policy prod')
  })

  test('stands in the document', async () => {
    const { out } = await review('--state', 'warn.yaml', '-f', 'pod.yaml', '-o', 'json')
    const { incomplete } = JSON.parse(out) as { readonly incomplete: readonly unknown[] }
    expect(incomplete).toMatchObject([
      { object: { kind: 'Pod', name: 'app' }, policy: 'prod', rule: 'identity.not-bound' },
    ])
    expect(why).toContain('no cluster')
  })
})

test('nothing that asks is no green tick', async () => {
  const { out, code } = await review('-f', 'silent.yaml', '-o', 'markdown')
  expect(code).toBe(4)
  expect(out).toMatch(
    /^### ❌ dapr-shared review: nothing was judged\n\n0 judged: 0 passed, 0 failed, 1 skipped\n/,
  )
  const lenient = await review('-f', 'silent.yaml', '-o', 'markdown', '--allow-empty')
  expect(lenient.code).toBe(0)
  expect(lenient.out).toMatch(/^### ✅ /)
})

describe('a command that comes to no answer', () => {
  async function aFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-verdicts-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    return folder
  }

  test('leaves no report of an earlier run', async () => {
    const folder = await aFolder()
    const at = (format: string): string => join(folder, `old.${format}`)
    const formats = ['junit', 'sarif', 'json', 'text']
    for (const format of formats) await writeFile(at(format), 'passed')
    const reports = formats.flatMap((format) => ['--report', `${format}=${at(format)}`])
    const { out, code } = await review('-f', 'broken.yaml', ...reports)
    expect([out, code]).toEqual(['', 2])
    expect(await readFile(at('junit'), 'utf8')).toMatch(/errors="1"[^]*file="broken.yaml" line="2"/)
    expect(JSON.parse(await readFile(at('sarif'), 'utf8'))).toMatchObject({
      runs: [{ invocations: [{ executionSuccessful: false, exitCode: 2 }], results: [] }],
    })
    for (const format of ['json', 'text']) await expect(stat(at(format))).rejects.toThrow('ENOENT')
  })

  test('annotates the place, and says so in the summary of the job', async () => {
    const summary = join(await aFolder(), 'summary.md')
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary }
    const args = ['review', '-f', 'broken.yaml', '--state', 'state']
    const { out } = await run([...args, '-o', 'github'], { files, env })
    expect(commandsIn(out)).toMatchObject([{ name: 'error', properties: { file: 'broken.yaml', line: '2' } }])
    expect(await readFile(summary, 'utf8')).toMatch(/^### ❌ dapr-shared review: could not be run\n/)
    const asText = await run(args, { files, env })
    expect(asText.out).toBe('')
    expect(commandsIn(asText.err)).toMatchObject([
      { name: 'error', properties: { file: 'broken.yaml', line: '2' } },
    ])
  })

  test('gives no document, where one is asked for', async () => {
    const { out, code } = await review('-f', 'broken.yaml', '-o', 'json')
    expect([out, code]).toEqual(['', 2])
  })

  test('does not take back an answer for a report that cannot be written', async () => {
    const folder = await aFolder()
    const good = join(folder, 'good.xml')
    const { code } = await review(
      '-f',
      'pod.yaml',
      '--report',
      `junit=${good}`,
      '--report',
      `sarif=${folder}`,
    )
    expect(code).toBe(2)
    expect(await readFile(good, 'utf8')).toContain('errors="0"')
  })
})

describe('text of others', () => {
  const name = JSON.stringify('x\u001b[31m\u202e\u009b2J\n::error::pwn ##[add-mask]')
  const hostile = {
    'state.yaml': instance('order'),
    'h\u001b[8m.yaml': `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, annotations: {dapr.io/shared: order, "dapr.io/shared-foo\\n::warning::x": "##[error]"}}\nspec: {containers: [{name: "a\\e[32m\\n::error::y", image: x}]}\n---\napiVersion: v1\nkind: "P\\e[2Jod\\n::error::z"\nmetadata: {name: a}\n`,
  }
  const args = ['-f', 'h\u001b[8m.yaml', '--state', 'state.yaml']

  test.each([
    ['review', ...args],
    ['explain', 'h\u001b[8m.yaml', '--state', 'state.yaml'],
  ])('is nothing that a terminal obeys: %s', async (...command) => {
    const { out, err } = await run(command, { files: hostile })
    expect(out).toContain('x\\u{1b}[31m\\u{202e}\\u{9b}2J\\u{a}::error::pwn')
    expect(err).toContain('P\\u{1b}[2Jod')
    // oxlint-disable-next-line no-control-regex
    expect(`${out}${err}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(commandsIn(err)).toEqual([])
  })

  test.each(['text', 'json', 'yaml', 'junit', 'tap', 'markdown', 'sarif', 'openreports', 'patch'])(
    'is no command to the runner of GitHub Actions: -o %s',
    async (format) => {
      const { out } = await run(['review', ...args, '-o', format], {
        files: hostile,
        env: { GITHUB_ACTIONS: 'true' },
      })
      expect(out).not.toBe('')
      expect(commandsIn(out)).toEqual([])
      if (['json', 'sarif', 'openreports'].includes(format)) {
        const plain = await run(['review', ...args, '-o', format], { files: hostile })
        expect(JSON.parse(out)).toEqual(JSON.parse(plain.out))
      }
    },
  )
})
