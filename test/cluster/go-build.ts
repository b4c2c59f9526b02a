import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { buildFlags, buildTags, linkerFlags, moduleFolder } from './go-module.ts'
import { programSources } from './programs.ts'
import type { Program } from './programs.ts'

/** True when there is a Go toolchain on the PATH. */
export async function hasGo(): Promise<boolean> {
  return go('.', 'version').then(
    () => true,
    () => false,
  )
}

/**
 * Builds one program to `target`. A file at `target` is always a complete one: the build goes to a
 * name of its own first.
 *
 * @returns the seconds that it took
 * @throws Error with the last lines of what the toolchain said
 */
export async function buildProgram(program: Program, target: string): Promise<number> {
  const started = performance.now()
  const partial = partialName(target)
  const { module, goPackage } = programSources[program]
  const flags = [...buildFlags, ...buildTags(module), '-ldflags', linkerFlags(module)]
  await go(module, 'build', ...flags, '-o', partial, goPackage)
  await rename(partial, target)
  return (performance.now() - started) / 1000
}

/**
 * Copies kwok's stages (what a kubelet would do to nodes and pods) out of its module to the folder
 * `target`, so that a cluster needs the Go toolchain only once.
 */
export async function copyStages(target: string): Promise<void> {
  const { module } = programSources.kwok
  const answer: unknown = JSON.parse(await go(module, 'mod', 'download', '-json', 'sigs.k8s.io/kwok'))
  const { Dir: source } = z.object({ Dir: z.string() }).parse(answer)
  const partial = partialName(target)
  await mkdir(partial, { recursive: true })
  for (const kind of ['node', 'pod']) {
    const from = join(source, 'kustomize/stage', kind, 'fast')
    for (const name of await readdir(from))
      if (name.startsWith(`${kind}-`)) await cp(join(from, name), join(partial, name))
  }
  await rename(partial, target)
}

/** Removes what builds that were interrupted left in `folder`. */
export async function removePartialBuilds(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.endsWith('.partial')) await rm(join(folder, name), { recursive: true, force: true })
}

function partialName(target: string): string {
  return `${target}.${process.pid}.partial`
}

async function go(module: string, ...args: string[]): Promise<string> {
  const options = {
    cwd: moduleFolder(module),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
    maxBuffer: 64 << 20,
  }
  try {
    return (await promisify(execFile)('go', args, options)).stdout
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const lastLines = said.split('\n').slice(-5).join('\n')
    throw new Error(`go ${args[0]} failed: ${lastLines || String(error)}`, { cause: error })
  }
}
