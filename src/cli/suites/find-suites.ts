import { glob, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { UnreadableInput } from '../../state/read-files.ts'

const WILDCARD = /[*?[{]/
const SUITE = /\.dapr-shared-test\.ya?ml$/

/** A suite as the user would name it, and where it is. */
export interface FoundSuite {
  readonly shown: string
  readonly absolute: string
}

/**
 * The suites of files, folders (searched deeply, without hidden folders and `node_modules`) and globs, each once. A file
 * that is named is a suite whatever it is called.
 *
 * @throws UnreadableInput for a path that is not there
 */
export async function findSuites(paths: readonly string[], cwd: string): Promise<FoundSuite[]> {
  const found = new Map<string, FoundSuite>()
  const empty: string[] = []
  for (const path of paths) {
    const suites = await suitesAt(path, cwd)
    if (suites.length === 0) empty.push(path)
    for (const shown of suites) {
      const absolute = resolve(cwd, shown)
      // one that two paths or a link lead to is run once
      const key = await realpath(absolute).catch(() => absolute)
      if (!found.has(key)) found.set(key, { shown, absolute })
    }
  }
  // beside others nobody would see that a misspelt glob, or a folder, ran nothing
  if (found.size > 0 && empty.length > 0) {
    const lines = empty.map((path) =>
      WILDCARD.test(path)
        ? `${path}: no file fits (looked in ${cwd}).`
        : `${path}: no file *.dapr-shared-test.yaml in it (looked in ${cwd}).`,
    )
    throw new UnreadableInput(lines.join('\n'))
  }
  return [...found.values()]
}

async function suitesAt(path: string, cwd: string): Promise<string[]> {
  const kind = await kindOf(resolve(cwd, path))
  if (kind === 'file') return [path]
  if (kind === 'folder') return suitesIn(path, cwd)
  if (!WILDCARD.test(path)) {
    throw new UnreadableInput(`${path}: no such file or folder (looked in ${cwd}).`)
  }
  const named = new Set(path.split('/'))
  const isAside = (step: string): boolean => isHidden(step) && !named.has(step)
  const matches = (await Array.fromAsync(glob(path, { cwd })))
    .filter((one) => !one.split(sep).some(isAside))
    .toSorted()
  const all = await Promise.all(
    matches.map(async (one) => ((await kindOf(resolve(cwd, one))) === 'folder' ? suitesIn(one, cwd) : [one])),
  )
  return all.flat()
}

async function kindOf(absolute: string): Promise<'file' | 'folder' | undefined> {
  const facts = await stat(absolute).catch(() => undefined)
  if (facts === undefined) return undefined
  return facts.isDirectory() ? 'folder' : 'file'
}

async function suitesIn(folder: string, cwd: string): Promise<string[]> {
  const absolute = resolve(cwd, folder)
  const files = await walk(absolute)
  return files.map((file) => join(folder, relative(absolute, file))).toSorted()
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UnreadableInput(`${folder}: cannot be read (${error.code ?? 'unreadable'}).`)
  })
  const found = await Promise.all(
    entries
      .filter(({ name }) => !isHidden(name))
      .map(async (entry) => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return walk(path)
        // a link to a folder is not followed: it may lead in a circle
        return SUITE.test(entry.name) && (await kindOf(path)) !== 'folder' ? [path] : []
      }),
  )
  return found.flat()
}

function isHidden(step: string): boolean {
  return step === 'node_modules' || (step.startsWith('.') && step !== '.' && step !== '..')
}
