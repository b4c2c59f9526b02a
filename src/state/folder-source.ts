import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { InventorySource } from '../discovery/source.ts'
import { buildSnapshot, isState, type Snapshot } from './build-snapshot.ts'
import { readFiles, type InputPlaces } from './read-files.ts'
import { watchFolders } from './watch-folder.ts'

export interface FolderSourceOptions extends InputPlaces {
  readonly paths: readonly string[]
  readonly defaultNamespace: string
  readonly clusterDomain: string
  /** milliseconds since the epoch */
  readonly now: () => number
  readonly log: { info(facts: object, message: string): void; warn(facts: object, message: string): void }
}

/**
 * A folder of manifests as the cluster: read now, and again whenever it changes. While somebody is editing, what cannot
 * be read leaves the last good state in place.
 *
 * @throws UnreadableInput, ManifestError when it cannot be read at the start
 */
export async function openFolderSource(options: FolderSourceOptions): Promise<InventorySource> {
  const { log, now } = options
  let snapshot = await load(options)
  let lastContactAt = now()
  let relists = 0
  let lastError: string | undefined
  const reload = async (): Promise<void> => {
    try {
      snapshot = await load(options)
      lastContactAt = now()
      relists += 1
      lastError = undefined
      log.info({ namespaces: snapshot.inventory.size }, 'state read again')
    } catch (error) {
      lastError = error instanceof Error ? error.message : 'unreadable'
      log.warn({ problem: lastError }, 'state not read: the last good one stays')
    }
  }
  const watching = watchFolders(await foldersOf(options), () => void reload())
  return {
    current: () => snapshot.inventory,
    namespaces: () => snapshot.namespaces,
    lookUp: undefined,
    health: () => [{ resource: 'manifests', synced: true, lastContactAt, relists, restarts: 0, lastError }],
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  }
}

async function load(options: FolderSourceOptions): Promise<Snapshot> {
  const readings = await readFiles(options.paths, options)
  return buildSnapshot(readings.flatMap(({ manifests }) => manifests).filter(isState), options)
}

/** What to watch: the folders themselves, and for a file the folder it is in, as editors replace files. */
async function foldersOf({ paths, cwd }: FolderSourceOptions): Promise<string[]> {
  const folders = paths
    .filter((path) => path !== '-')
    .map(async (path) => {
      const absolute = resolve(cwd, path)
      return (await stat(absolute)).isDirectory() ? absolute : dirname(absolute)
    })
  return [...new Set(await Promise.all(folders))]
}
