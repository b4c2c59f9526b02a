import { resolve } from 'node:path'
import type { Clients } from '../admission/client-certificates.ts'
import { readClientAuthoritiesFile } from '../certs/client-authorities.ts'
import { keepChecking } from '../certs/keep-checking.ts'
import { systemTimer } from '../certs/timer.ts'
import { watchFolders } from '../certs/watch-folders.ts'
import type { ClientSettings } from '../config/tls-settings.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Who may call, as it is now. */
export interface ClientSource extends AsyncDisposable {
  /** nothing where everybody may who reaches the port */
  current(): Clients | undefined
  /** calls the listener after each change */
  onChange(listener: () => void): void
}

const POLL_MS = 10_000

/**
 * The CA of client certificates from its file, read again when the file changes: polling is the guarantee, watching makes
 * it quick. A file that became unusable leaves the last good CA in service, and is logged.
 *
 * @throws CertificateError for a file that is not usable at the start
 */
export async function openClients(
  settings: ClientSettings | undefined,
  log: Logger,
  cwd: string,
): Promise<ClientSource> {
  if (settings === undefined) return EVERYBODY
  const file = resolve(cwd, settings.caFile)
  const { names } = settings
  let clients: Clients = { ...(await readClientAuthoritiesFile(file)), names }
  const listeners: (() => void)[] = []

  async function check(): Promise<void> {
    const read = await readClientAuthoritiesFile(file)
    if (read.caPem === clients.caPem) return
    clients = { ...read, names }
    log.info({ file, authorities: read.authorities.length }, 'The CA of client certificates was reloaded.')
    for (const listener of listeners) listener()
  }

  const checks = keepChecking({ check, everyMs: POLL_MS, setTimer: systemTimer, log })
  const folders = watchFolders(
    [file],
    () => checks.soon(),
    (folder, err) =>
      log.info(
        { err, folder, pollMs: POLL_MS },
        'The folder cannot be watched: changes are seen by polling only.',
      ),
  )
  return {
    current: () => clients,
    onChange: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {
      folders[Symbol.dispose]()
      await checks[Symbol.asyncDispose]()
    },
  }
}

const EVERYBODY: ClientSource = {
  current: () => undefined,
  onChange: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}
