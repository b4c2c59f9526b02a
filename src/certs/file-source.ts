import { checkFiles } from './check-files.ts'
import { putInService } from './in-service.ts'
import { readPemFiles, readSettledPemFiles, samePem, type PemFiles } from './read-pem-files.ts'
import { requireValid } from './require-valid.ts'
import { readServingCertificate, type CertificateLog, type CertificateSource } from './source.ts'
import type { SetTimer } from './timer.ts'

/**
 * Serves the certificate in these PEM files and replaces it when they change, whether in place, by renaming or by
 * kubelet's swap of a Secret's folder.
 * A pair that is half-written, does not match or went missing leaves the last good one in service and is logged.
 *
 * @throws {CertificateError} when the files are not usable at the start, naming the file and the cure
 */
export async function openFileSource({
  certFile,
  keyFile,
  caFile,
  log,
  now,
  setTimer,
  pollMs,
}: PemFiles & {
  log: CertificateLog
  now: () => Date
  setTimer: SetTimer
  pollMs?: number
}): Promise<CertificateSource> {
  const files = { certFile, keyFile, caFile }
  const names = { cert: certFile, key: keyFile, ca: caFile ?? '' }
  const service = putInService(readServingCertificate(await readSettledPemFiles(files), names), log)

  async function check(): Promise<void> {
    if (!samePem(await readPemFiles(files), service.current())) {
      const settled = await readSettledPemFiles(files)
      const next = readServingCertificate(settled, names)
      service.replace(next)
      log.info(
        { certFile, fingerprint256: next.fingerprint256, notAfter: next.notAfter },
        'The certificate was reloaded.',
      )
    }
    requireValid(service.current(), certFile, now())
  }

  const watched = [certFile, keyFile, ...(caFile === undefined ? [] : [caFile])]
  const checks = checkFiles({ files: watched, check, setTimer, log, pollMs })
  // Says at once, not at the next poll, that the certificate at the start is out of date.
  checks.soon()

  return {
    current: service.current,
    onChange: service.onChange,
    async [Symbol.asyncDispose]() {
      service.retire()
      await checks[Symbol.asyncDispose]()
    },
  }
}
