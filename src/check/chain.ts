import { X509Certificate } from 'node:crypto'

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Certificates of a PEM text in their order; undefined where one of them cannot be read. */
export function readCertificates(pem: string): readonly X509Certificate[] | undefined {
  try {
    return (pem.match(BLOCK) ?? []).map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

/**
 * Whether somebody who trusts these authorities, as the API server does, would take the chain: from the leaf upward each
 * certificate is signed by the next, until one of the authorities has signed.
 */
export function isTrusted(
  [leaf, ...between]: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  if (leaf === undefined) return false
  if (authorities.some(({ fingerprint256 }) => fingerprint256 === leaf.fingerprint256)) return true
  const unused = new Set(between)
  for (let top = leaf; ;) {
    if (issuerOf(top, authorities) !== undefined) return true
    const next = issuerOf(top, unused)
    if (next === undefined) return false
    unused.delete(next)
    top = next
  }
}

function issuerOf(
  certificate: X509Certificate,
  candidates: Iterable<X509Certificate>,
): X509Certificate | undefined {
  for (const candidate of candidates) {
    if (certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey)) return candidate
  }
  return undefined
}

/** A name for people, as `dapr-shared-admission`; nothing secret is in a certificate. */
export function nameOf({ subject, fingerprint256 }: X509Certificate): string {
  const name = /^CN=(.*)$/m.exec(subject)?.[1] ?? subject.replaceAll('\n', ', ')
  return `${name === '' ? 'without a name' : name} (SHA-256 ${fingerprint256.slice(0, 11)}...)`
}
