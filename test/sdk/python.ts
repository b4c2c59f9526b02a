import { execFile } from 'node:child_process'
import { access, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withFileLock } from '../cluster/file-lock.ts'

const run = promisify(execFile)
const DAPR_VERSION = '1.19.0'
const cache = join(import.meta.dirname, '../../.cache/python')

export type Python = { readonly program: string } | { readonly missing: string }

/** A Python with the Dapr SDK, in the cache; made from PyPI where it is not there yet. Or one sentence why there is none. */
export async function pythonWithDapr(): Promise<Python> {
  const folder = join(cache, `dapr-${DAPR_VERSION}`)
  const program = join(folder, 'bin/python')
  try {
    await mkdir(cache, { recursive: true })
    await withFileLock(
      join(cache, 'lock'),
      async () => {
        if (!(await exists(join(folder, 'complete')))) await make(folder, program)
      },
      () => {},
    )
    return { program }
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    const why = (stderr || message).trim().split('\n').at(-1)
    return { missing: `no Python with dapr ${DAPR_VERSION} (is there python3, and PyPI reachable?): ${why}` }
  }
}

async function make(folder: string, program: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', folder])
  const flags = ['--quiet', '--disable-pip-version-check', '--retries=1', '--timeout=15']
  await run(program, ['-m', 'pip', 'install', ...flags, `dapr==${DAPR_VERSION}`], { timeout: 100_000 })
  await mkdir(join(folder, 'complete'))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
