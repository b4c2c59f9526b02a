import { keepChecking, type Checks } from './keep-checking.ts'
import type { CertificateLog } from './source.ts'
import type { SetTimer } from './timer.ts'
import { watchFolders } from './watch-folders.ts'

/** As controller-runtime's certwatcher: small reads, and far below the minute kubelet takes to bring a Secret. */
const POLL_MS = 10_000

/** Checks files when they change: polling every `pollMs` is the guarantee, watching their folders makes it quick. */
export function checkFiles({
  files,
  check,
  setTimer,
  log,
  pollMs = POLL_MS,
}: {
  files: readonly string[]
  check: () => Promise<void>
  setTimer: SetTimer
  log: CertificateLog
  pollMs?: number | undefined
}): Checks {
  const checks = keepChecking({ check, everyMs: pollMs, setTimer, log })
  const folders = watchFolders(
    files,
    () => checks.soon(),
    (folder, err) =>
      log.info({ err, folder, pollMs }, 'The folder cannot be watched: changes are seen by polling only.'),
  )
  return {
    soon: () => checks.soon(),
    async [Symbol.asyncDispose]() {
      folders[Symbol.dispose]()
      await checks[Symbol.asyncDispose]()
    },
  }
}
