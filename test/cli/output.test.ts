import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { commandsIn } from '../report/runner-commands.ts'
import { instance, pod, run, type Ran } from './run.ts'

/** `-o` and `--report` of the commands that give findings. */

const policy = `apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: prod}
spec: {rules: {identity: {}}}
`
const suite = `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: orders}
state: {files: [state/*.yaml]}
tests:
- {name: wrong, request: {object: pod.yaml}, expect: {allowed: false}}
`
const files = {
  'orders.dapr-shared-test.yaml': suite,
  'new/policy.yaml': policy.replace('identity: {}', 'strategies: {allowed: [Deployment]}'),
  'state/order.yaml': instance('order'),
  'pod.yaml': pod('order'),
  'typo.yaml': pod('oder', { name: 'typo' }),
  'policy.yaml': policy,
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-output-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const COMMANDS = {
  review: ['review', '-f', 'pod.yaml', '-f', 'typo.yaml', '--state', 'state'],
  lint: ['lint', 'policy.yaml', 'state'],
} as const

const READERS: Readonly<Record<string, (text: string) => void>> = {
  text: (text) => expect(text).toMatch(/(refused|Error)/),
  json: (text) => expect(JSON.parse(text)).toMatchObject({ apiVersion: 'shared.dapr.io/v1alpha1' }),
  yaml: (text) => expect(parse(text)).toMatchObject({ apiVersion: 'shared.dapr.io/v1alpha1' }),
  junit: (text) => expect(text).toMatch(/^<\?xml [^]*<testsuites [^]* failures="1" [^]*<\/testsuites>\n$/),
  sarif: (text) => expect(JSON.parse(text)).toMatchObject({ version: '2.1.0' }),
  github: (text) => expect(commandsIn(text).some(({ name }) => name === 'error')).toBe(true),
  markdown: (text) => expect(text).toMatch(/^### ❌ dapr-shared [\w-]+: failed\n/),
  tap: (text) => expect(text).toMatch(/^TAP version 14\n1\.\.\d+\n[^]*^not ok /m),
  openreports: (text) => expect(JSON.parse(text)).toMatchObject({ kind: 'List' }),
}

describe.each(Object.entries(COMMANDS))('%s', (_, args) => {
  const asked = (...more: string[]): Promise<Ran> => run([...args, ...more], { files })

  test.each(Object.entries(READERS))(
    '-o %s: alone on standard output, and exits 1 all the same',
    async (format, read) => {
      const { out, err, code } = await asked('-o', format)
      read(out)
      expect({ err, code }).toEqual({ err: '', code: 1 })
    },
  )

  test('--report writes any of them beside the answer, as often as it is given', async () => {
    const folder = await aFolder()
    const wanted = Object.keys(READERS).map(
      (format) => [format, join(folder, 'deep/er', `out.${format}`)] as const,
    )
    const { out, err, code } = await asked(
      ...wanted.flatMap(([format, path]) => ['--report', `${format}=${path}`]),
    )
    expect(out).toBe((await asked()).out)
    expect({ err, code }).toEqual({ err: '', code: 1 })
    for (const [format, path] of wanted) READERS[format]?.(await readFile(path, 'utf8'))
  })

  test.each([
    ['no format', 'out.xml', '--report: wanted FORMAT=PATH with one of text, json,'],
    ['an unknown format', 'xml=out.xml', 'got "xml=out.xml".'],
    ['no path', 'junit=', 'got "junit=".'],
    ['standard output', 'junit=-', 'For standard output say -o junit.'],
  ])('exits 2 for a --report with %s, before it judges', async (_what, report, sentence) => {
    const { out, err, code } = await asked('--report', report)
    expect(err).toContain(sentence)
    expect({ out, code }).toEqual({ out: '', code: 2 })
  })

  test('exits 2 for two reports to one path', async () => {
    const { err, code } = await asked('--report', 'junit=a/out', '--report', 'sarif=./a/../a/out')
    expect(err).toContain('two reports are to be written to ./a/../a/out')
    expect(code).toBe(2)
  })

  test('exits 2 where a report cannot be written, names it, and answers all the same', async () => {
    const folder = await aFolder()
    const { out, err, code } = await asked('--report', `junit=${folder}`)
    expect(err).toMatch(`--report ${folder}: cannot be written (EISDIR`)
    expect(code).toBe(2)
    expect(out).toBe((await asked()).out)
  })
})

describe.each([
  ['test', ['test', 'orders.dapr-shared-test.yaml']],
  ['what-if', ['what-if', '-p', 'new', '-f', 'pod.yaml', '--state', 'state']],
  ['explain', ['explain', 'typo.yaml', '--state', 'state']],
])('%s', (_, args) => {
  test.each(Object.entries(READERS).filter(([format]) => format !== 'text'))(
    '-o %s',
    async (format, read) => {
      const { out, err } = await run([...args, '-o', format], { files })
      expect(out, err).not.toBe('')
      read(out)
    },
  )
})

describe('in a job of GitHub Actions', () => {
  const onGithub = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    run(args, { files, env: { GITHUB_ACTIONS: 'true', ...env } })

  test('-o github adds its summary to that of the step', async () => {
    const path = join(await aFolder(), 'summary.md')
    await writeFile(path, 'before\n')
    await onGithub([...COMMANDS.review, '-o', 'github'], { GITHUB_STEP_SUMMARY: path })
    expect(await readFile(path, 'utf8')).toMatch(/^before\n\n### ❌ dapr-shared review: failed\n/)
  })

  test('other formats add none', async () => {
    const path = join(await aFolder(), 'summary.md')
    await onGithub([...COMMANDS.review, '-o', 'json'], { GITHUB_STEP_SUMMARY: path })
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })

  test('what steps before wrote counts against the limit', async () => {
    const path = join(await aFolder(), 'summary.md')
    await writeFile(path, 'x'.repeat(1024 * 1024 - 1500))
    const { err } = await onGithub([...COMMANDS.review, '-o', 'github'], { GITHUB_STEP_SUMMARY: path })
    expect(err).toBe('')
    expect((await stat(path)).size).toBeLessThanOrEqual(1024 * 1024)
    expect(await readFile(path, 'utf8')).toContain('_There is no room for all of it')
  })

  test('a summary that is full stays as it is, and the reader is told', async () => {
    const path = join(await aFolder(), 'summary.md')
    await writeFile(path, 'x'.repeat(1024 * 1024 - 10))
    const { err, code } = await onGithub([...COMMANDS.review, '-o', 'github'], { GITHUB_STEP_SUMMARY: path })
    expect(err).toContain('the summary of this step is full (1 MiB)')
    expect((await stat(path)).size).toBe(1024 * 1024 - 10)
    expect(code).toBe(1)
  })

  test('a summary that cannot be written is exit 2', async () => {
    const path = await aFolder()
    const { err, code } = await onGithub([...COMMANDS.review, '-o', 'github'], { GITHUB_STEP_SUMMARY: path })
    expect(err).toContain(`GITHUB_STEP_SUMMARY ${path}: cannot be written`)
    expect(code).toBe(2)
  })

  const forged = 'a\n::error::forged\n##[add-mask]a.yaml'

  test.each([['text'], ['github']])('-o %s: no name of a file is a command', async (format) => {
    const named = { [forged]: pod('oder'), 'state.yaml': instance('order') }
    const args = ['review', '-f', forged, '--state', 'state.yaml', '-o', format]
    const { out, err } = await run(args, { files: named, env: { GITHUB_ACTIONS: 'true' } })
    expect(
      commandsIn(`${out}${err}`).filter(({ name, properties }) => name !== 'error' || !properties['file']),
    ).toEqual([])
  })

  test('no message on standard error is a command', async () => {
    const args = ['review', '-f', 'none\n::error::forged ##[add-mask]', '--state', 'state']
    for (const env of [{ GITHUB_ACTIONS: 'true' }, {}]) {
      const { err } = await run([...args, ...(env.GITHUB_ACTIONS ? [] : ['-o', 'github'])], { files, env })
      expect(err).toContain('forged')
      // but our own, which says why there is no answer
      const others = commandsIn(err).filter(({ properties }) => properties['title'] !== 'dapr-shared review')
      expect(others).toEqual([])
    }
  })
})
