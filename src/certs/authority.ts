import {
  X509Certificate,
  generateKeyPair,
  randomBytes,
  sign,
  createPrivateKey,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { CertificateError } from './certificate-error.ts'
import { readHosts, type Host } from './hosts.ts'
import { readIssuer, type Issuer } from './issuer.ts'

/** A certificate and its private key (PKCS #8), both PEM. */
export interface CertifiedKey {
  certPem: string
  keyPem: string
}

/** A CA: may sign serving certificates. */
export type Authority = CertifiedKey

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
// RFC 5280 appendix A.1, ub-common-name.
const LONGEST_COMMON_NAME = 64
const newKeyPair = promisify(generateKeyPair)

/**
 * Makes a self-signed CA: RSA 3072, X.509 v3, `CA:TRUE` with path length 0, for `days` from one hour before `now`.
 *
 * @throws {CertificateError} `bad-name` or `bad-days`
 */
export async function makeAuthority({
  commonName,
  now,
  days,
}: {
  commonName: string
  now: () => Date
  days: number
}): Promise<Authority> {
  if (commonName === '' || commonName.length > LONGEST_COMMON_NAME) {
    throw new CertificateError(
      'bad-name',
      `A CA's common name has 1 to ${LONGEST_COMMON_NAME} characters, this one has ${commonName.length}.`,
    )
  }
  const validity = validFor(days, now())
  const { publicKey, privateKey } = await newRsaPair(3072)
  const draft = draftCertificate({ commonName, publicKey, validity })
  draft.setIssuer(draft.subject.attributes)
  draft.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ])
  return { certPem: signDraft(draft, createPrivateKey(privateKey)), keyPem: privateKey }
}

/**
 * Signs a new RSA 2048 key for TLS servers. `hosts` are DNS names, wildcards and IP addresses in any mixture; all
 * become subject alternative names, the first (cut to 64 characters) also the common name. Valid for `days` from
 * one hour before `now`, but never longer than the CA.
 *
 * @throws {CertificateError} `no-hosts`, `bad-host`, `bad-days`, `bad-authority` or `not-pem`
 */
export async function signServing({
  authority,
  hosts,
  now,
  days,
}: {
  authority: Authority
  hosts: readonly string[]
  now: () => Date
  days: number
}): Promise<CertifiedKey> {
  const names = readHosts(hosts)
  const issuer = readIssuer(authority, now())
  const validity = validFor(days, now(), issuer.notAfter)
  const { publicKey, privateKey } = await newRsaPair(2048)
  const draft = draftCertificate({
    commonName: names[0].name.slice(0, LONGEST_COMMON_NAME),
    publicKey,
    validity,
  })
  draft.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: names.map(altName) },
    { name: 'subjectKeyIdentifier' },
    ...(issuer.keyId === undefined ? [] : [{ name: 'authorityKeyIdentifier', keyIdentifier: issuer.keyId }]),
  ])
  return { certPem: signDraft(draft, issuer.key, issuer.name), keyPem: privateKey }
}

interface Validity {
  notBefore: Date
  notAfter: Date
}

// One hour back, since the clocks of the API server and of this machine may differ.
function validFor(days: number, now: Date, latest?: Date): Validity {
  if (!Number.isFinite(days) || days <= 0 || days > 36_500) {
    throw new CertificateError(
      'bad-days',
      `A certificate lives for more than 0 and at most 36500 days, not ${days}.`,
    )
  }
  const wanted = new Date(now.getTime() + days * DAY_MS)
  return {
    notBefore: new Date(now.getTime() - HOUR_MS),
    notAfter: latest !== undefined && latest < wanted ? latest : wanted,
  }
}

// Off the event loop: forge's own key generation blocks it for up to seconds.
function newRsaPair(modulusLength: number): Promise<{ publicKey: string; privateKey: string }> {
  return newKeyPair('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

function draftCertificate({
  commonName,
  publicKey,
  validity,
}: {
  commonName: string
  publicKey: string
  validity: Validity
}): forge.pki.Certificate {
  const draft = forge.pki.createCertificate()
  draft.serialNumber = randomSerial()
  draft.validity = validity
  draft.publicKey = forge.pki.publicKeyFromPem(publicKey)
  // UTF-8, because a PrintableString may hold neither `*` nor letters beyond ASCII.
  const utf8 = forge.asn1.Type.UTF8 as number as forge.asn1.Class
  draft.setSubject([{ name: 'commonName', value: commonName, valueTagClass: utf8 }])
  return draft
}

// RFC 5280 §4.1.2.2: positive and unique. The top bits are 01, so it is never negative and always 16 bytes long.
function randomSerial(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes.toString('hex')
}

// RFC 5280 §4.2.1.6: dNSName is [2], iPAddress is [7].
function altName(host: Host): { type: number; value: string } {
  return host.kind === 'dns'
    ? { type: 2, value: host.name }
    : { type: 7, value: host.bytes.toString('binary') }
}

/** forge lays out the certificate, OpenSSL signs it: forge's own RSA is slow, and blocks. */
function signDraft(draft: forge.pki.Certificate, key: KeyObject, issuer?: Issuer['name']): string {
  const signer = {
    sign: () => {
      const fields = draft.tbsCertificate.value
      // The fourth field (RFC 5280 §4.1), which forge could only rebuild from its own reading of the CA.
      if (issuer !== undefined && Array.isArray(fields)) fields[3] = issuer
      const tbs = forge.asn1.toDer(draft.tbsCertificate).getBytes()
      return sign('sha256', Buffer.from(tbs, 'binary'), key).toString('binary')
    },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- forge asks a key for sign() and nothing else
  draft.sign(signer as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create())
  // Through OpenSSL once more: proves that it parses, and gives line ends of one kind.
  return new X509Certificate(forge.pki.certificateToPem(draft)).toString()
}
