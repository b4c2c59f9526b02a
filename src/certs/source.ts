import type { ServingCertificate } from './serving-certificate.ts'

export { readServingCertificate, type ServingCertificate } from './serving-certificate.ts'

/** Where the server's certificate comes from, and how the server learns of a new one. */
export interface CertificateSource {
  current(): ServingCertificate
  /** Calls the listener after each change, when `current()` already answers the new certificate. */
  onChange(listener: (certificate: ServingCertificate) => void): void
  /** Why it has no certificate that a caller could trust yet, if so: `current()` is then a throw-away one. */
  problem?(): string | undefined
  /** Stops looking for changes; no listener is called any more, `current()` still answers. Twice does no harm. */
  [Symbol.asyncDispose](): Promise<void>
}

/** The part of a pino logger that certificate sources use. */
export interface CertificateLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}
