import { accessSync, constants, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { buildProgram, copyStages, hasGo, removePartialBuilds } from './go-build.ts'
import { buildKey } from './go-module.ts'
import { programSources } from './programs.ts'
import type { ClusterProgram, Program } from './programs.ts'
import { recordOf } from './record-of.ts'

/** Absolute paths of the programs, and of the files that tell kwok what kubelets do. */
export interface Assets<Wanted extends Program = ClusterProgram> {
  programs: Record<Wanted, string>
  stages: string[]
}

export type AssetsResult<Wanted extends Program = ClusterProgram> =
  | { found: true; assets: Assets<Wanted> }
  /** One sentence that also names the cure. */
  | { found: false; reason: string }

const cacheRoot = join(import.meta.dirname, '../../.cache/cluster')

/** A program, or the folder with the stages of kwok. */
type Asset = Program | 'stages'

/**
 * Finds the programs, each in the first place that has it: the folder that KUBEBUILDER_ASSETS names,
 * the cache, a build with the Go toolchain (minutes, told line by line on stderr).
 */
export async function findAssets<Wanted extends Program>(
  wanted: readonly Wanted[],
): Promise<AssetsResult<Wanted>> {
  const missing = [...wanted, 'stages' as const].filter((asset) => locate(asset) === undefined)
  const reason = missing.length > 0 ? await buildMissing(missing) : undefined
  if (reason !== undefined) return { found: false, reason }

  const stages = pathOf('stages')
  return {
    found: true,
    assets: {
      programs: recordOf(wanted, pathOf),
      stages: readdirSync(stages).map((name) => join(stages, name)),
    },
  }
}

/** @returns why it could not be done, if so */
async function buildMissing(missing: Asset[]): Promise<string | undefined> {
  const names = missing.join(', ')
  if (!(await hasGo()))
    return `no Go toolchain to build ${names}: install Go 1.26, or name a folder that has them in KUBEBUILDER_ASSETS`
  try {
    await mkdir(cacheRoot, { recursive: true })
    await withFileLock(
      join(cacheRoot, 'build.lock'),
      async () => {
        // Looked for again: while this process waited for the lock, another may have built them.
        for (const asset of missing) if (locate(asset) === undefined) await build(asset)
      },
      () => tell('another process builds, waiting for it'),
    )
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return `could not build ${names}, is the Go module proxy reachable? ${message}`
  }
}

async function build(asset: Asset): Promise<void> {
  const folder = cacheFolder(asset)
  await mkdir(folder, { recursive: true })
  await removePartialBuilds(folder)
  const target = join(folder, asset)
  if (asset === 'stages') return copyStages(target)
  tell(`building ${asset} ...`)
  const seconds = await buildProgram(asset, target)
  tell(`built ${asset} in ${seconds.toFixed(0)} s`)
}

function pathOf(asset: Asset): string {
  const path = locate(asset)
  if (path === undefined) throw new Error(`${asset} has just been there, and is gone`)
  return path
}

function locate(asset: Asset): string | undefined {
  const folders = [process.env['KUBEBUILDER_ASSETS'], cacheFolder(asset)]
  return folders.map((folder) => folder && join(folder, asset)).find((path) => path && isExecutable(path))
}

/** One folder for each set of versions, so that changing branches costs no build. */
function cacheFolder(asset: Asset): string {
  const { module } = programSources[asset === 'stages' ? 'kwok' : asset]
  return join(cacheRoot, buildKey(module))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function tell(line: string): void {
  process.stderr.write(`test cluster: ${line}\n`)
}
