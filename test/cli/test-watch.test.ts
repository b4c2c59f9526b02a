import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { PATIENT } from '../admission/patience.ts'
import { ORDERS, suiteOf, testOf } from '../suite/suite-text.ts'

vi.setConfig({ ...PATIENT, testTimeout: 60_000 })

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')

/** The real program, in a folder that changes under it. */
async function watching(files: Readonly<Record<string, string>>, ...args: string[]) {
  const cwd = await mkdtemp(join(tmpdir(), 'dapr-shared-watch-'))
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(cwd, name)), { recursive: true })
    await writeFile(join(cwd, name), text)
  }
  for (const [name, text] of Object.entries(files)) await write(name, text)
  const child = spawn(process.execPath, [MAIN, 'test', '--watch', ...args], { cwd })
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  }
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    await rm(cwd, { recursive: true })
  })
  return {
    write,
    remove: (name: string) => rm(join(cwd, name)),
    /** What was printed up to the end of the next run. */
    async nextRun(): Promise<string> {
      await vi.waitFor(() => expect(text).toContain('watching:'), { timeout: 20_000 })
      const end = text.indexOf('watching:')
      const run = text.slice(0, end)
      text = text.slice(text.indexOf('\n', end) + 1)
      return run
    },
    async interrupt(): Promise<number | null> {
      child.kill('SIGINT')
      return ended
    },
  }
}

const PODS = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, annotations: {dapr.io/shared: orders}}
spec: {containers: [{name: app}]}
`
const withFile = (expected: string): string =>
  suiteOf(testOf(expected, { request: '{object: ../pods/web.yaml}' }))

test('runs again when a suite changes, or what it reads, and ends with the last exit code', async () => {
  const watch = await watching(
    { 'tests/a.dapr-shared-test.yaml': withFile('{allowed: true}'), 'pods/web.yaml': PODS },
    'tests',
  )
  expect(await watch.nextRun()).toContain('1 passed')

  await watch.write('tests/a.dapr-shared-test.yaml', withFile('{allowed: false}'))
  expect(await watch.nextRun()).toContain('1 failed')

  await watch.write('pods/web.yaml', PODS.replace('shared: orders', 'shared: nobody'))
  expect(await watch.nextRun()).toContain('1 passed')

  await watch.remove('pods/web.yaml')
  expect(await watch.nextRun()).toContain('no such file: pods/web.yaml')
  expect(await watch.interrupt()).toBe(2)
})

test('finds suites and manifests that appear', async () => {
  const suite = suiteOf(testOf('{allowed: true}'), {
    state: `{files: [cluster/*.yaml], instances: [${ORDERS}]}`,
  })
  const watch = await watching({ 'a.dapr-shared-test.yaml': suite })
  expect(await watch.nextRun()).toContain('no file fits cluster/*.yaml')

  await watch.write('cluster/namespace.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n')
  expect(await watch.nextRun()).toContain('1 passed')

  await watch.write('more/b.dapr-shared-test.yaml', suiteOf(testOf('{allowed: true}')))
  expect(await watch.nextRun()).toContain('2 suites; 2 tests: 2 passed')

  await watch.write('more/b.dapr-shared-test.yaml', 'kind: {')
  expect(await watch.nextRun()).toContain('1 passed, 1 with errors')
  await watch.remove('more/b.dapr-shared-test.yaml')
  expect(await watch.nextRun()).toContain('1 suite; 1 test: 1 passed')
  expect(await watch.interrupt()).toBe(0)
})
