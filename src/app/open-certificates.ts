import { resolve } from 'node:path'
import { openFileSource } from '../certs/file-source.ts'
import { makeSelfMadeSource } from '../certs/self-made-source.ts'
import type { CertificateSource } from '../certs/source.ts'
import { systemTimer } from '../certs/timer.ts'
import type { ServeSettings } from '../config/serve-settings.ts'
import type { Logger } from '../telemetry/logger.ts'
import { isWildcard } from './listening.ts'

/**
 * The certificate from files, or a made one for this machine.
 *
 * @throws CertificateError for files that are not usable
 */
export function openCertificates(
  settings: ServeSettings,
  log: Logger,
  cwd: string,
): Promise<CertificateSource> {
  const common = { log, now: () => new Date(), setTimer: systemTimer }
  if (settings.tls.mode === 'files') {
    const { certFile, keyFile } = settings.tls
    return openFileSource({ ...common, certFile: resolve(cwd, certFile), keyFile: resolve(cwd, keyFile) })
  }
  if (settings.source.kind === 'cluster') {
    log.warn(
      {},
      'made a certificate that no caBundle knows: give --tls-cert and --tls-key, as `dapr-shared manifests` does',
    )
  }
  const hosts = new Set([
    'localhost',
    '127.0.0.1',
    '::1',
    ...(isWildcard(settings.host) ? [] : [settings.host]),
  ])
  return makeSelfMadeSource({ ...common, hosts: [...hosts] })
}
