import { watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface FolderWatch extends AsyncDisposable {}

const SETTLE_MS = 50
const POLL_MS = 2000

/**
 * Calls `onChange` after something in the folders changed and settled. It watches and polls: watching is quick, and
 * polling still notices where watching cannot (network file systems, folders that were replaced).
 */
export function watchFolders(folders: readonly string[], onChange: () => void): FolderWatch {
  let fingerprint: string | undefined
  let settling: NodeJS.Timeout | undefined
  const changed = (): void => {
    clearTimeout(settling)
    settling = setTimeout(onChange, SETTLE_MS)
  }
  const watchers = folders.map((folder) =>
    watch(folder, { recursive: true }, changed).on('error', () => undefined),
  )
  const poll = setInterval(() => {
    void fingerprintOf(folders).then((now) => {
      if (fingerprint !== undefined && now !== fingerprint) changed()
      fingerprint = now
    })
  }, POLL_MS)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(poll)
      clearTimeout(settling)
      for (const watcher of watchers) watcher.close()
    },
  }
}

async function fingerprintOf(folders: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder, { recursive: true }).catch(() => [])
      return Promise.all(
        names.map(async (name) => {
          const facts = await stat(join(folder, name)).catch(() => undefined)
          return `${name}:${facts?.mtimeMs}:${facts?.size}`
        }),
      )
    }),
  )
  return parts.flat().join('\n')
}
