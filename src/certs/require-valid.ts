import { CertificateError } from './certificate-error.ts'
import type { ServingCertificate } from './serving-certificate.ts'

/**
 * A warning and no refusal: an old certificate serves the callers that do not look, none serves nobody.
 *
 * @param where what the message calls the certificate: a file
 * @throws {CertificateError} `out-of-date`
 */
export function requireValid({ notBefore, notAfter }: ServingCertificate, where: string, now: Date): void {
  if (now < notBefore) {
    throw new CertificateError(
      'out-of-date',
      `${where} is valid from ${notBefore.toISOString()} only: check the clock.`,
    )
  }
  if (now >= notAfter) {
    throw new CertificateError(
      'out-of-date',
      `${where} expired on ${notAfter.toISOString()}, and the API server refuses it: renew it, it is reloaded by itself.`,
    )
  }
}
