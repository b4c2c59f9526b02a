import { X509Certificate } from 'node:crypto'
import { findIssuer } from '../certs/find-issuer.ts'

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
 * certificate is signed by the next, which is a CA and valid now, until one of the authorities has signed. Whether leaf and authority are valid now is
 * a question of its own.
 */
export function isTrusted(
  [leaf, ...given]: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
): boolean {
  const between = given.filter((one) => one.ca && isValidAt(one, now))
  if (leaf === undefined) return false
  if (authorities.some(({ fingerprint256 }) => fingerprint256 === leaf.fingerprint256)) return true
  const unused = new Set(between)
  for (let top = leaf; ;) {
    if (findIssuer(top, authorities) !== undefined) return true
    const next = findIssuer(top, unused)
    if (next === undefined) return false
    unused.delete(next)
    top = next
  }
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const ANY_USAGE = '2.5.29.37.0'

/** Whether a client takes it for a server's; one without such a field is for everything. */
export function isForServers({ keyUsage }: X509Certificate): boolean {
  // the types promise a list where there is none
  const usages = keyUsage as readonly string[] | undefined
  return usages === undefined || usages.some((usage) => usage === SERVER_AUTH || usage === ANY_USAGE)
}

export function isValidAt({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now < validToDate.getTime()
}

/** A name for people, as `dapr-shared-admission`; nothing secret is in a certificate. */
export function nameOf({ subject, fingerprint256 }: X509Certificate): string {
  const name = /^CN=(.*)$/m.exec(subject)?.[1] ?? subject.replaceAll('\n', ', ')
  return `${name === '' ? 'without a name' : name} (SHA-256 ${fingerprint256.slice(0, 11)}...)`
}
