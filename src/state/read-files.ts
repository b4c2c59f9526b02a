import { glob, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { decodeText } from './decode-text.ts'
import { ManifestError } from './manifest.ts'
import { parseManifests, type ParsedManifests } from './parse-manifests.ts'

/** A file, folder or standard input that cannot be read. The message names it and the cure. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput'
}

export interface FileReading extends ParsedManifests {
  /** the path without links, so that one file named twice is read once; `-` for standard input */
  readonly id: string
  /** whether it was asked for itself, and not found in a folder or by a pattern */
  readonly named: boolean
}

/** Where relative paths start, and what `-` reads. */
export interface InputPlaces {
  readonly cwd: string
  readonly readStdin: () => Promise<string>
  /** a folder may have no manifest yet; else that is a mistake, of which nobody would know */
  readonly mayBeEmpty?: boolean
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
    for (const { path: place, shown } of await filesOf(path, places)) {
      const id = await withoutLinks(place)
      if (readings.has(id)) continue
      const text = id === '-' ? await places.readStdin() : await readText(place, shown)
      const named = id === '-' || shown === path
      readings.set(id, { id, named, ...parseManifests(text, shown) })
    }
  }
  return [...readings.values()]
}

interface FoundFile {
  /** absolute, or `-` */
  readonly path: string
  /** as the user would name it */
  readonly shown: string
}

async function filesOf(path: string, { cwd, mayBeEmpty = false }: InputPlaces): Promise<FoundFile[]> {
  if (path === '-') return [{ path: '-', shown: '<stdin>' }]
  if (path === '')
    throw new UnreadableInput(
      'wanted the path of a file or a folder, got an empty one. Is a variable of the shell not set?',
    )
  const absolute = resolve(cwd, path)
  if (await exists(absolute)) {
    const files = await filesAt(absolute, path)
    if (files.length > 0 || mayBeEmpty) return files
    throw new UnreadableInput(`${path}: no manifest in this folder (.yaml, .yml or .json).`)
  }
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
    path: file,
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

/** Where a file is gone already, reading it tells so. */
async function withoutLinks(path: string): Promise<string> {
  return path === '-' ? path : realpath(path).catch(() => path)
}

async function readText(absolute: string, shown: string): Promise<string> {
  try {
    return decodeText(await readFile(absolute), shown)
  } catch (cause) {
    throw cause instanceof ManifestError ? cause : unreadable(shown, cause)
  }
}

function unreadable(shown: string, cause: unknown): UnreadableInput {
  const code = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : 'unreadable'
  return new UnreadableInput(`${shown}: cannot be read (${code}).`, { cause })
}
