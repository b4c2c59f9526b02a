import { resolve } from 'node:path'
import type { InventorySource } from '../discovery/source.ts'
import { buildSnapshot } from './build-snapshot.ts'
import { readFiles, type InputPlaces } from './read-files.ts'
import type { Snapshot } from './state-store.ts'
import { watchPaths } from './watch-paths.ts'

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
  const { log, now, cwd } = options
  // standard input can be read once, and the folders again and again
  const places = { ...options, readStdin: once(options.readStdin), mayBeEmpty: true } as const
  let snapshot = await load(places)
  let lastContactAt = now()
  let relists = 0
  let lastError: string | undefined
  const reload = async (): Promise<void> => {
    try {
      snapshot = await load(places)
      lastContactAt = now()
      relists += 1
      lastError = undefined
      log.info({ namespaces: snapshot.inventory.size }, 'state read again')
    } catch (error) {
      lastError = error instanceof Error ? error.message : 'unreadable'
      log.warn({ problem: lastError }, 'state not read: the last good one stays')
    }
  }
  let reloading = Promise.resolve()
  const watching = await watchPaths({
    paths: options.paths.filter((path) => path !== '-').map((path) => resolve(cwd, path)),
    // one after the other, or an older state could replace a newer one
    onChange: () => void (reloading = reloading.then(reload)),
    onUnchanged: () => (lastContactAt = now()),
  })
  return {
    current: () => snapshot.inventory,
    policies: () => snapshot.policies,
    policyCounts: () => snapshot.policyCounts,
    preview: (namespace, change) => snapshot.preview(namespace, change),
    facts: {
      peek: (subject) => snapshot.facts.peek(subject),
      gather: (subject, needs, signal) => snapshot.facts.gather(subject, needs, signal),
    },
    namespaces: () => snapshot.namespaces,
    lookUp: undefined,
    health: () => [{ resource: 'manifests', synced: true, lastContactAt, relists, restarts: 0, lastError }],
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  }
}

async function load(options: FolderSourceOptions): Promise<Snapshot> {
  const readings = await readFiles(options.paths, options)
  return buildSnapshot(
    readings.flatMap(({ manifests }) => manifests),
    options,
  )
}

function once(read: () => Promise<string>): () => Promise<string> {
  let text: Promise<string> | undefined
  return () => (text ??= read())
}
