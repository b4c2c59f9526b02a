import { resolve } from 'node:path'
import type { Clients } from '../admission/client-certificates.ts'
import { checkFiles } from '../certs/check-files.ts'
import { readClientAuthoritiesFile } from '../certs/client-authorities.ts'
import { systemTimer } from '../certs/timer.ts'
import type { ClientSettings } from '../config/tls-settings.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Who may call, as it is now. */
export interface ClientSource extends AsyncDisposable {
  /** nothing where everybody may who reaches the port */
  current(): Clients | undefined
  /** calls the listener after each change */
  onChange(listener: () => void): void
}

/**
 * The CA of client certificates from its file, read again when the file changes. A file that became unusable leaves the last good CA in service, and is logged.
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

  const checks = checkFiles({ files: [file], check, setTimer: systemTimer, log })
  return {
    current: () => clients,
    onChange: (listener) => void listeners.push(listener),
    [Symbol.asyncDispose]: () => checks[Symbol.asyncDispose](),
  }
}

const EVERYBODY: ClientSource = {
  current: () => undefined,
  onChange: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}
