import type { X509Certificate } from 'node:crypto'
import { findIssuer } from '../certs/find-issuer.ts'

/** Who may ask for reviews: those with a certificate that one of the CAs signed, and of one of the names where any are given. */
export interface Clients {
  /** what a handshake checks a certificate with: PEM, one CA or several */
  readonly caPem: string
  readonly authorities: readonly X509Certificate[]
  /** common names, DNS names or URIs, compared as they are */
  readonly names: readonly string[]
}

/** What a handshake found out about a caller. */
export interface Peer {
  /** whether the handshake's own check went well: signature, dates, purpose */
  readonly authorized: boolean
  readonly certificate: X509Certificate | undefined
}

export type ClientRefusal = 'no-certificate' | 'not-trusted' | 'expired' | 'other-name'

/**
 * Judges a caller by the CAs and names of now: a connection may be older than they are, and than its certificate's end.
 *
 * @param now milliseconds since the epoch
 * @returns why it may not ask; nothing where it may
 */
export function whyRefused(
  { authorized, certificate }: Peer,
  { authorities, names }: Clients,
  now: number,
): ClientRefusal | undefined {
  if (certificate === undefined) return 'no-certificate'
  // one of them signed it itself: a server's socket does not tell the CAs between that the caller brought
  if (!authorized || findIssuer(certificate, authorities) === undefined) return 'not-trusted'
  if (certificate.validToDate.getTime() < now) return 'expired'
  return names.length === 0 || namesOf(certificate).some((name) => names.includes(name))
    ? undefined
    : 'other-name'
}

/** The common name, and the DNS names and URIs beside it. */
export function namesOf(certificate: X509Certificate): string[] {
  return [...commonNames(certificate.subject), ...alternativeNames(certificate.subjectAltName ?? '')]
}

/** One part a line; Node escapes a line break within a value. */
function commonNames(subject: string): string[] {
  return subject
    .split('\n')
    .filter((line) => line.startsWith('CN='))
    .map((line) => line.slice('CN='.length))
}

/** Node writes a value with odd letters, a comma among them, as a JSON string: no name can pass for two. */
const ALTERNATIVE = /(?:^|, )(?<kind>[^:,"]+):(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^,"]*))/g

function alternativeNames(text: string): string[] {
  return [...text.matchAll(ALTERNATIVE)].flatMap(({ groups = {} }) => {
    const { kind, quoted, plain = '' } = groups
    if (kind !== 'DNS' && kind !== 'URI') return []
    return [quoted === undefined ? plain : String(JSON.parse(`"${quoted}"`))]
  })
}
