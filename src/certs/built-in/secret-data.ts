import { X509Certificate } from 'node:crypto'
import { readIssuer } from '../issuer.ts'
import { certificatesIn } from '../pem-bundle.ts'
import { readServingCertificate } from '../serving-certificate.ts'
import type { AuthorityRecord, KnownAuthority, Leaf } from './record.ts'

/** The keys of the Secret. The first three are those of every TLS Secret, so that a replica need not know the rest. */
const KEY = {
  leaf: 'tls.crt',
  leafKey: 'tls.key',
  authority: 'ca.crt',
  authorityKey: 'ca.key',
  next: 'next-ca.crt',
  nextKey: 'next-ca.key',
  nextOccasion: 'next-ca.occasion',
  retired: 'retired-ca.crt',
  retiredUntil: 'retired-ca.until',
} as const

/** Texts by the keys of a Secret. */
export type SecretTexts = Readonly<Record<string, string>>

export interface ReadRecord {
  readonly record: AuthorityRecord
  /** keys whose content cannot be used; they are mended */
  readonly broken: readonly string[]
}

/**
 * Reads what the Secret holds. What is damaged, or does not fit to the rest, is as if it were not there: nothing here is
 * believed without a look at the certificates and keys themselves.
 *
 * @param hosts all names that a leaf must have
 */
export function readRecord(texts: SecretTexts, hosts: readonly string[]): ReadRecord {
  const authority = readAuthority(texts[KEY.authority], texts[KEY.authorityKey])
  const leaf = authority && readLeaf(texts, authority, hosts)
  const next = readNext(texts)
  const retired = readRetired(texts)
  const record = {
    ...(authority && { authority }),
    ...(leaf && { leaf }),
    ...(next && { next }),
    ...(retired && { retired }),
  }
  const used = new Set(Object.keys(definedOf(writeRecord(record))))
  const broken = Object.values(KEY).filter((key) => texts[key] !== undefined && !used.has(key))
  return { record, broken }
}

/** The content of every key of the Secret; undefined for those that must be absent. */
export function writeRecord({
  authority,
  leaf,
  next,
  retired,
}: AuthorityRecord): Record<string, string | undefined> {
  return {
    [KEY.authority]: authority?.certPem,
    [KEY.authorityKey]: authority?.keyPem,
    [KEY.leaf]: leaf?.certPem,
    [KEY.leafKey]: leaf?.keyPem,
    [KEY.next]: next?.certPem,
    [KEY.nextKey]: next?.keyPem,
    [KEY.nextOccasion]: next?.occasion,
    [KEY.retired]: retired?.certificates.join(''),
    [KEY.retiredUntil]: retired?.until.toISOString(),
  }
}

function definedOf(texts: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined))
}

function readAuthority(certPem = '', keyPem = ''): KnownAuthority | undefined {
  const [certificate, ...others] = certificatesIn(certPem)
  if (certificate === undefined || others.length > 0) return undefined
  const { ca, validFromDate, validToDate } = new X509Certificate(certificate)
  if (!ca) return undefined
  const known = { certPem: certificate, notBefore: validFromDate, notAfter: validToDate }
  return isKeyOf(known, keyPem) ? { ...known, keyPem } : known
}

/** Asked at a moment at which the certificate counts: whether it does now is for others to judge. */
function isKeyOf({ certPem, notBefore }: KnownAuthority, keyPem: string): boolean {
  try {
    readIssuer({ certPem, keyPem }, notBefore)
    return true
  } catch {
    return false
  }
}

function readLeaf(
  texts: SecretTexts,
  { certPem: caPem }: KnownAuthority,
  hosts: readonly string[],
): Leaf | undefined {
  const { [KEY.leaf]: certPem = '', [KEY.leafKey]: keyPem = '' } = texts
  try {
    const served = readServingCertificate({ certPem, keyPem, caPem })
    const { notBefore, notAfter } = served
    return { certPem, keyPem, notBefore, notAfter, hasAllHosts: hosts.every((host) => served.serves(host)) }
  } catch {
    return undefined
  }
}

function readNext(texts: SecretTexts): AuthorityRecord['next'] {
  const next = readAuthority(texts[KEY.next], texts[KEY.nextKey])
  if (next?.keyPem === undefined) return undefined
  return { ...next, keyPem: next.keyPem, occasion: texts[KEY.nextOccasion] === 'asked' ? 'asked' : 'due' }
}

function readRetired(texts: SecretTexts): AuthorityRecord['retired'] {
  const { [KEY.retired]: pem = '', [KEY.retiredUntil]: end = '' } = texts
  const certificates = certificatesIn(pem)
  const until = new Date(end)
  // a part of it would be taken for all of it, and the rest be trusted no longer
  const isWhole = certificates.length > 0 && certificates.length === pem.split('-----BEGIN ').length - 1
  return isWhole && !Number.isNaN(until.getTime()) ? { certificates, until } : undefined
}
