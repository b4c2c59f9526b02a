import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

// Callers use a handful of names; the bound is for a wildcard certificate and a caller who invents names.
const REMEMBERED = 256

// Stricter than OpenSSL, for which a host that begins with a dot matches every name below it.
const HOSTNAME = /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i

/**
 * Answers whether a certificate names a host in its subject alternative names; the common name does not count, as
 * it does not for the API server (RFC 6125 §6.4.4). The host may be written as in a `Host` header: any case, port,
 * brackets, final dot. Only matches are remembered, so invented names cannot push the real ones out.
 */
export function servedNames(certificate: X509Certificate): (host: string) => boolean {
  const matched = new Set<string>()
  return (host) => {
    if (matched.has(host)) return true
    if (!names(certificate, bareHost(host))) return false
    if (matched.size >= REMEMBERED) matched.clear()
    matched.add(host)
    return true
  }
}

function names(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return !host.includes('%') && certificate.checkIP(host) !== undefined
  if (!HOSTNAME.test(host)) return false
  return certificate.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined
}

function bareHost(host: string): string {
  if (isIP(host) !== 0) return host
  const [, bracketed, name] = /^(?:\[(.*)\]|([^:]*?)\.?)(?::\d{1,5})?$/.exec(host) ?? []
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : ''
  return name ?? ''
}
