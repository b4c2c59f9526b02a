import { glob, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parseManifests, type ParsedManifests } from './parse-manifests.ts'

/** A file, folder or standard input that cannot be read. The message names it and the cure. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput'
}

export interface FileReading extends ParsedManifests {
  /** the absolute path, so that one file named twice is read once; `-` for standard input */
  readonly id: string
}

/** Where relative paths start, and what `-` reads. */
export interface InputPlaces {
  readonly cwd: string
  readonly readStdin: () => Promise<string>
}

/**
 * Reads files, folders (their `.yaml`, `.yml` and `.json`, deeply, in order of names), globs that the shell left alone,
 * and `-`.
 *
 * @throws UnreadableInput for what is not there; ManifestError for what is no manifest
 */
export async function readFiles(paths: readonly string[], places: InputPlaces): Promise<FileReading[]> {
  const readings = new Map<string, FileReading>()
  for (const path of paths) {
    for (const { id, shown } of await filesOf(path, places.cwd)) {
      if (readings.has(id)) continue
      const text = id === '-' ? await places.readStdin() : await readText(id, shown)
      readings.set(id, { id, ...parseManifests(text, shown) })
    }
  }
  return [...readings.values()]
}

interface FoundFile {
  readonly id: string
  /** as the user would name it */
  readonly shown: string
}

async function filesOf(path: string, cwd: string): Promise<FoundFile[]> {
  if (path === '-') return [{ id: '-', shown: '<stdin>' }]
  const absolute = resolve(cwd, path)
  if (await exists(absolute)) return filesAt(absolute, path)
  const found = GLOB.test(path) ? await globbed(path, cwd) : []
  if (found.length > 0) return found
  const what = GLOB.test(path) ? 'no file fits this pattern' : 'no such file or folder'
  throw new UnreadableInput(`${path}: ${what} (looked in ${cwd}).`)
}

/** What a shell would have made of the pattern; one that exists as it is written is no pattern. */
const GLOB = /[*?[\]{}]/

async function globbed(pattern: string, cwd: string): Promise<FoundFile[]> {
  const paths: string[] = []
  for await (const path of glob(pattern, { cwd })) paths.push(path)
  const found = await Promise.all(paths.toSorted().map((path) => filesAt(resolve(cwd, path), path)))
  return found.flat()
}

async function filesAt(absolute: string, shown: string): Promise<FoundFile[]> {
  const files = await manifestFiles(absolute).catch((cause: unknown) => {
    throw unreadable(shown, cause)
  })
  return files.map((file) => ({
    id: file,
    shown: file === absolute ? shown : join(shown, relative(absolute, file)),
  }))
}

async function exists(absolute: string): Promise<boolean> {
  return stat(absolute).then(
    () => true,
    () => false,
  )
}

/** The file itself, or the manifests of a folder: deeply, by name, without hidden folders and `node_modules`. */
export async function manifestFiles(absolute: string): Promise<string[]> {
  return (await stat(absolute)).isDirectory() ? walk(absolute) : [absolute]
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
      .map(async (entry) => {
        const path = join(folder, entry.name)
        // the files of a Secret or ConfigMap mount are links
        if (entry.isDirectory()) return walk(path)
        if (entry.isSymbolicLink() && (await leadsToFolder(path))) return []
        return /\.(ya?ml|json)$/.test(entry.name) ? [path] : []
      }),
  )
  return found.flat().toSorted()
}

/** A link to a folder, or to nothing, is not followed: it may lead in a circle. */
async function leadsToFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? true
}

async function readText(absolute: string, shown: string): Promise<string> {
  try {
    return await readFile(absolute, 'utf8')
  } catch (cause) {
    throw unreadable(shown, cause)
  }
}

function unreadable(shown: string, cause: unknown): UnreadableInput {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
  return new UnreadableInput(`${shown}: cannot be read (${code}).`, { cause })
}
