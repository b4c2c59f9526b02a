import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'

/*
 * What people install is what npm makes of a commit, in a folder called node_modules, where Node strips no types: here with
 * npm itself, and with pre-commit, which has npm do it.
 */

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
const PRE_COMMIT = 'pre-commit==4.7.0'

let folder = ''
let repository = ''
let env: NodeJS.ProcessEnv = {}

const git = (cwd: string, ...args: string[]): Promise<unknown> =>
  run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.test', ...args], { cwd, env })

async function commit(cwd: string): Promise<void> {
  await git(cwd, 'init', '--quiet')
  await git(cwd, 'add', '--all', '--force')
  await git(cwd, 'commit', '--quiet', '--message=as it is', '--no-gpg-sign')
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dapr-shared-install-'))
  repository = join(folder, 'repository')
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  for (const file of files.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(repository, file)), { recursive: true })
    // a file that was removed and not committed is still listed
    await cp(join(ROOT, file), join(repository, file)).catch(() => {})
  }
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await symlink(process.execPath, join(bin, 'node'))
  // nothing of the npm that may run these tests, nor of the test runner: only how registries are reached
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_)|^npm_config_.*prefix$|^NODE_(ENV|OPTIONS)$/i.test(name),
  )
  const path = (process.env['PATH'] ?? '').split(':').filter((one) => !one.includes('node_modules'))
  env = {
    ...Object.fromEntries(own),
    PATH: [bin, ...path].join(':'),
    PRE_COMMIT_HOME: join(folder, 'pre-commit'),
  }
  await commit(repository)
  await git(repository, 'tag', 'v0.1.0')
}, 120_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a commit, installed by npm', { timeout: 300_000 }, () => {
  test('runs as dapr-shared and as the plugin of kubectl, from its source', async () => {
    const prefix = join(folder, 'global')
    await run('npm', ['install', '--global', `--prefix=${prefix}`, `git+file://${repository}`], { env })
    const { stdout, stderr } = await run(join(prefix, 'bin/dapr-shared'), ['lint', '.'], {
      cwd: join(ROOT, 'deploy/examples/ci/policies'),
      env,
    })
    expect({ stdout, stderr }).toMatchObject({
      stdout: expect.stringMatching(/^0 errors/m) as string,
      stderr: '',
    })
    const plugin = await run(join(prefix, 'bin/kubectl-dapr_shared'), ['--help'], { env })
    expect(plugin.stdout).toContain('Usage: kubectl dapr-shared')
    const completed = await run(join(prefix, 'bin/kubectl_complete-dapr_shared'), ['rev'], { env })
    expect(completed.stdout).toMatch(/^review\t/)
  })

  test('runs as the hooks of pre-commit', async () => {
    const python = join(folder, 'python')
    await run('python3', ['-m', 'venv', python])
    await run(join(python, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', PRE_COMMIT])
    const consumer = join(folder, 'consumer')
    await cp(join(ROOT, 'deploy/examples/ci'), consumer, { recursive: true })
    const file = join(consumer, '.pre-commit-config.yaml')
    const config = parse(await readFile(file, 'utf8')) as { repos: { repo: string }[] }
    for (const one of config.repos) one.repo = `file://${repository}`
    await writeFile(file, stringify(config))
    await commit(consumer)
    const { stdout } = await run(join(python, 'bin/pre-commit'), ['run', '--all-files', '--verbose'], {
      cwd: consumer,
      env,
    })
    expect(stdout.match(/\.+Passed/g)).toHaveLength(3)
    expect(stdout).toContain('7 passed')
  })
})
