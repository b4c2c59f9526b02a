import type { X509Certificate } from 'node:crypto'

/** Which of the candidates signed a certificate: by name and by signature. */
export function findIssuer(
  certificate: X509Certificate,
  candidates: Iterable<X509Certificate>,
): X509Certificate | undefined {
  for (const candidate of candidates) {
    if (certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey)) return candidate
  }
  return undefined
}
