import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { manifestFiles } from './read-files.ts'

export interface PathWatch extends AsyncDisposable {}

export interface PathWatchOptions {
  /** files and folders of manifests, absolute */
  readonly paths: readonly string[]
  /** something changed, and settled */
  readonly onChange: () => void
  /** everything was looked at, and is as it was */
  readonly onUnchanged: () => void
}

const SETTLE_MS = 50
const POLL_MS = 2000

/**
 * Tells when manifests change. It looks at them every two seconds, which works everywhere; and it watches the folders
 * that they are in, which is quicker. Only what would be read is looked at: a folder may hold much else.
 */
export async function watchPaths({ paths, onChange, onUnchanged }: PathWatchOptions): Promise<PathWatch> {
  let settling: NodeJS.Timeout | undefined
  let watchers: FSWatcher[] = []
  let known = await look(paths)
  let closed = false

  const check = async (): Promise<void> => {
    const now = await look(paths)
    if (closed) return
    if (now.fingerprint === known.fingerprint) return onUnchanged()
    known = now
    watchAll()
    onChange()
  }
  const soon = (): void => {
    clearTimeout(settling)
    settling = setTimeout(() => void check(), SETTLE_MS)
  }
  const watchAll = (): void => {
    for (const watcher of watchers) watcher.close()
    watchers = known.folders.flatMap((folder) => watchFolder(folder, soon) ?? [])
  }

  watchAll()
  const poll = setInterval(() => void check(), POLL_MS)
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearInterval(poll)
      clearTimeout(settling)
      for (const watcher of watchers) watcher.close()
    },
  }
}

/** A watch is a help, not a need: where there can be none, polling finds the change. */
function watchFolder(folder: string, onEvent: () => void): FSWatcher | undefined {
  try {
    return watch(folder, onEvent).on('error', () => undefined)
  } catch {
    return undefined
  }
}

interface Look {
  readonly folders: readonly string[]
  /** differs when a manifest appeared, went, or was written */
  readonly fingerprint: string
}

async function look(paths: readonly string[]): Promise<Look> {
  const files = (await Promise.all(paths.map((path) => manifestFiles(path).catch(() => [])))).flat()
  const lines = await Promise.all(
    files.map(async (file) => {
      const facts = await stat(file).catch(() => undefined)
      return `${file} ${facts?.mtimeMs} ${facts?.size} ${facts?.ino}`
    }),
  )
  return {
    folders: [
      ...new Set([...paths.filter((path) => !files.includes(path)), ...files.map((file) => dirname(file))]),
    ],
    fingerprint: lines.join('\n'),
  }
}
