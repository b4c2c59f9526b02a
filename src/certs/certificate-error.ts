/** Every way a certificate can be wrong, so that a `switch` over it is checked for completeness. */
export type CertificateProblem =
  | 'no-hosts'
  | 'bad-host'
  | 'bad-name'
  | 'bad-days'
  | 'bad-authority'
  | 'missing'
  | 'unreadable'
  | 'not-pem'
  | 'key-encrypted'
  | 'key-mismatch'
  | 'wrong-ca'
  | 'refused'
  | 'out-of-date'
  | 'exists'
  | 'unwritable'

/** `message` says what is wrong and how to mend it, in one or two sentences, and never holds key material. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
  readonly problem: CertificateProblem

  constructor(problem: CertificateProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}
