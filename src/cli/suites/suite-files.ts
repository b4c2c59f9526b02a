import { glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { Manifest } from '../../state/manifest.ts'
import { parseManifests } from '../../state/parse-manifests.ts'
import { manifestFiles, UnreadableInput } from '../../state/read-files.ts'
import type { Files } from '../../suite/files.ts'
import type { NewSnapshot } from '../../suite/snapshots.ts'
import { CommandError } from '../io.ts'

/** What suites read, from the disk; a file is read once in a run. */
export interface SuiteFiles extends Files {
  /** what was looked for, absolute: files that are there or not, and the folders of globs */
  readonly touched: () => readonly string[]
}

export function makeSuiteFiles(cwd: string): SuiteFiles {
  const touched = new Set<string>()
  const parsed = new Map<string, Promise<readonly Manifest[]>>()
  const found = new Map<string, Promise<readonly string[]>>()
  const shown = (path: string, suite: string): string =>
    isAbsolute(path) ? path : join(dirname(suite), path)
  const absolute = (path: string, suite: string): string => {
    const file = resolve(cwd, shown(path, suite))
    touched.add(file)
    return file
  }
  const parse = (file: string, name: string): Promise<readonly Manifest[]> => {
    const known =
      parsed.get(file) ?? readText(file, name).then((text) => parseManifests(text, name).manifests)
    parsed.set(file, known)
    return known
  }
  return {
    shown,
    touched: () => [...touched],
    async manifests(path, suite) {
      const file = absolute(path, suite)
      const files = await manifestFiles(file).catch(() => undefined)
      if (files === undefined) return undefined
      const all = await Promise.all(
        files.map((one) => parse(one, join(shown(path, suite), relative(file, one)))),
      )
      return all.flat()
    },
    find(pattern, suite) {
      const folder = resolve(cwd, dirname(suite))
      touched.add(resolve(folder, fixedPartOf(pattern)))
      const key = `${folder}\n${pattern}`
      const known =
        found.get(key) ?? Array.fromAsync(glob(pattern, { cwd: folder })).then((all) => all.toSorted())
      found.set(key, known)
      return known
    },
    async text(path, suite) {
      return readFile(absolute(path, suite), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw unreadable(shown(path, suite), error)
      })
    },
  }
}

/** The folder of a glob: what stands before its first wildcard. */
function fixedPartOf(pattern: string): string {
  const steps = pattern.split('/')
  const wild = steps.findIndex((step) => /[*?[\]{}()!]/.test(step))
  return wild < 0 ? pattern : steps.slice(0, wild).join('/')
}

/** @throws UnreadableInput */
export async function readText(file: string, shown: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(shown, error)
  })
}

function unreadable(shown: string, { code = 'unreadable' }: NodeJS.ErrnoException): UnreadableInput {
  return new UnreadableInput(`${shown}: cannot be read (${code}).`)
}

/** @throws CommandError where one cannot be written */
export async function writeSnapshots(snapshots: readonly NewSnapshot[], cwd: string): Promise<void> {
  for (const { file, text } of snapshots) {
    const absolute = resolve(cwd, file)
    try {
      await mkdir(dirname(absolute), { recursive: true })
      await writeFile(absolute, text)
    } catch (error) {
      throw new CommandError(`${file}: the snapshot cannot be written (${(error as Error).message}).`)
    }
  }
}
