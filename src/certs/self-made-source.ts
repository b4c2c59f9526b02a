import { X509Certificate } from 'node:crypto'
import { makeAuthority, signServing } from './authority.ts'
import { putInService } from './in-service.ts'
import { keepChecking } from './keep-checking.ts'
import { needsRenewal } from './renewal.ts'
import { readServingCertificate, type CertificateLog, type CertificateSource } from './source.ts'
import type { SetTimer } from './timer.ts'

// Ten years: who trusts this CA by hand should do so once. Ninety days: short enough that renewal is exercised.
const AUTHORITY_DAYS = 3650
const SERVING_DAYS = 90
// Looked at on the clock, since one long timer would not count the time a machine sleeps.
const CHECK_MS = 10 * 60_000

/**
 * Makes a CA and a serving certificate for `hosts`, in memory only, and renews the certificate at two thirds of its
 * life (and, should the process live so long or the clock be set back, the CA). `caPem` is what callers trust. For one
 * process: two replicas would have two CAs, and callers that trust one of them would fail on the other.
 *
 * @throws {CertificateError} `no-hosts`, `bad-host` or `bad-days`
 */
export async function makeSelfMadeSource({
  hosts,
  now,
  setTimer,
  log,
  checkMs = CHECK_MS,
  authorityDays = AUTHORITY_DAYS,
  servingDays = SERVING_DAYS,
}: {
  hosts: readonly string[]
  now: () => Date
  setTimer: SetTimer
  log: CertificateLog
  checkMs?: number
  authorityDays?: number
  servingDays?: number
}): Promise<CertificateSource> {
  const newAuthority = () =>
    makeAuthority({ commonName: 'Dapr Shared Admission, made at start', now, days: authorityDays })
  const newServing = async () => {
    const { certPem, keyPem } = await signServing({ authority, hosts, now, days: servingDays })
    return readServingCertificate({ certPem, keyPem, caPem: authority.certPem })
  }

  let authority = await newAuthority()
  const service = putInService(await newServing(), log)

  async function check(): Promise<void> {
    const { notBefore, notAfter } = service.current()
    const reason = needsRenewal(notBefore, notAfter, now())
    if (reason === undefined) return

    const { validFromDate, validToDate } = new X509Certificate(authority.certPem)
    if (needsRenewal(validFromDate, validToDate, now()) !== undefined) authority = await newAuthority()
    const next = await newServing()
    service.replace(next)
    log.info(
      { reason, fingerprint256: next.fingerprint256, notAfter: next.notAfter },
      'The certificate was renewed.',
    )
  }

  const checks = keepChecking({ check, everyMs: checkMs, setTimer, log })
  return {
    current: service.current,
    onChange: service.onChange,
    async [Symbol.asyncDispose]() {
      service.retire()
      await checks[Symbol.asyncDispose]()
    },
  }
}
