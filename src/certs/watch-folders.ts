import { watch, type FSWatcher } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Calls `onEvent` when something happens in the folders of these files. The folders, not the files: kubelet and
 * editors replace files by renaming, and a watch on a file follows the old one. A hint only: events may be missing
 * (network file systems, no inotify watches left, folder itself replaced), which `onTrouble` learns of where known.
 */
export function watchFolders(
  files: readonly string[],
  onEvent: () => void,
  onTrouble: (folder: string, err: unknown) => void,
): Disposable {
  const folders = new Set(files.map((file) => dirname(resolve(file))))
  const watchers: FSWatcher[] = []
  for (const folder of folders) {
    try {
      const watcher = watch(folder, { persistent: false }, onEvent)
      watcher.on('error', (err) => {
        watcher.close()
        onTrouble(folder, err)
      })
      watchers.push(watcher)
    } catch (err) {
      onTrouble(folder, err)
    }
  }
  return {
    [Symbol.dispose]() {
      for (const watcher of watchers) watcher.close()
    },
  }
}
