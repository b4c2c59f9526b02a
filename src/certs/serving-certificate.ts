import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { CertificateError } from './certificate-error.ts'
import { findIssuer } from './find-issuer.ts'
import { servedNames } from './served-names.ts'

/** A certificate chain (leaf first) and its key, checked. Shows no key in JSON or when inspected, so none in logs. */
export interface ServingCertificate {
  readonly certPem: string
  readonly keyPem: string
  /** The CAs that a caller may trust to reach this server, where known. */
  readonly caPem?: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** When the CA among `caPem` that issued the chain ends, where known. */
  readonly caNotAfter?: Date
  /** Of the leaf: SHA-256 of its DER, as `AB:CD:…`. */
  readonly fingerprint256: string
  /** Whether the leaf names this host (as in a `Host` header, port allowed); if not, the answer is 421. Cheap. */
  serves(host: string): boolean
}

/** What an error message calls each part, at the start of a sentence: usually the file's name. */
export interface PartNames {
  cert: string
  key: string
  ca: string
}

const PART_NAMES: PartNames = { cert: 'The certificate', key: 'The private key', ca: 'The CA' }

type Chain = [X509Certificate, ...X509Certificate[]]

/**
 * Checks that PEM texts make a usable serving certificate: chain and key parse, the key is the leaf's, one of the
 * CAs (where given) issued the chain, and OpenSSL takes the pair. Does not look at the clock.
 *
 * @throws {CertificateError} `not-pem`, `key-encrypted`, `key-mismatch`, `wrong-ca` or `refused`, with the cure
 */
export function readServingCertificate(
  pem: { certPem: string; keyPem: string; caPem?: string | undefined },
  names: PartNames = PART_NAMES,
): ServingCertificate {
  const chain = readChain(pem.certPem, names.cert)
  requireKeyOfLeaf(chain, readKey(pem.keyPem, names.key), names)
  const issuer =
    pem.caPem === undefined ? undefined : requireIssuer(chain, readChain(pem.caPem, names.ca), names)
  requireAccepted(pem, names)
  return new CheckedCertificate(chain[0], pem, issuer)
}

class CheckedCertificate implements ServingCertificate {
  readonly certPem: string
  declare readonly caPem?: string
  declare readonly caNotAfter?: Date
  readonly notBefore: Date
  readonly notAfter: Date
  readonly fingerprint256: string
  readonly serves: (host: string) => boolean
  readonly #keyPem: string

  constructor(
    leaf: X509Certificate,
    pem: { certPem: string; keyPem: string; caPem?: string | undefined },
    issuer: X509Certificate | undefined,
  ) {
    this.certPem = pem.certPem
    if (issuer !== undefined) this.caNotAfter = issuer.validToDate
    if (pem.caPem !== undefined) this.caPem = pem.caPem
    this.notBefore = leaf.validFromDate
    this.notAfter = leaf.validToDate
    this.fingerprint256 = leaf.fingerprint256
    this.serves = servedNames(leaf)
    this.#keyPem = pem.keyPem
  }

  get keyPem(): string {
    return this.#keyPem
  }
}

export function readChain(pem: string, name: string): Chain {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const begun = pem.match(/-----BEGIN /g) ?? []
  // A file that is being written begins a block that does not end: no reason to serve half a chain.
  if (blocks.length === 0 || blocks.length < begun.length) {
    const found =
      begun.length === 0
        ? 'it holds no certificate'
        : 'it holds something besides certificates, or a part of one'
    throw notPem(name, `${found}. Give whole PEM blocks, each from BEGIN CERTIFICATE to END CERTIFICATE`)
  }
  try {
    const [leaf, ...issuers] = blocks.map((block) => new X509Certificate(block))
    if (leaf !== undefined) return [leaf, ...issuers]
  } catch (cause) {
    throw notPem(name, 'a block in it is damaged. Write the file again from where it came', cause)
  }
  throw notPem(name, 'it holds no certificate')
}

function readKey(pem: string, name: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    if (/^(-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m.test(pem)) {
      throw new CertificateError(
        'key-encrypted',
        `${name} is encrypted, and a server that starts by itself cannot ask for the passphrase: decrypt it with "openssl pkey".`,
        { cause },
      )
    }
    throw notPem(
      name,
      'it holds no whole private key. Give one PEM block, from BEGIN to END PRIVATE KEY',
      cause,
    )
  }
}

function requireKeyOfLeaf(chain: Chain, key: KeyObject, names: PartNames): void {
  if (chain[0].checkPrivateKey(key)) return
  const place = chain.findIndex((certificate) => certificate.checkPrivateKey(key))
  const cure =
    place === -1
      ? 'Give the pair that was made together.'
      : `It belongs to certificate ${place + 1} of the chain: put that one first.`
  throw new CertificateError('key-mismatch', `${names.key} does not match ${inSentence(names.cert)}. ${cure}`)
}

/**
 * Walks from the leaf upward: a chain may end in any CA, and the CA itself in the chain proves nothing of the leaf.
 *
 * @returns the CA that it ends in
 */
function requireIssuer([leaf, ...rest]: Chain, authorities: Chain, names: PartNames): X509Certificate {
  // A self-signed certificate may be its own CA without the right to sign, which checkIssued does not forgive.
  if (authorities.some(({ fingerprint256 }) => fingerprint256 === leaf.fingerprint256)) return leaf
  const unused = new Set(rest)
  let top = leaf
  for (;;) {
    const issuer = findIssuer(top, authorities)
    if (issuer !== undefined) return issuer
    const next = findIssuer(top, unused)
    if (next === undefined) break
    unused.delete(next)
    top = next
  }
  throw new CertificateError(
    'wrong-ca',
    `${names.ca} did not issue ${inSentence(names.cert)}, so no caller that trusts it would connect. Give the CA whose subject is "${top.issuer.replaceAll('\n', ', ')}".`,
  )
}

/** The last word: OpenSSL refuses what its security level forbids, such as RSA keys below 2048 bits. */
function requireAccepted({ certPem, keyPem }: { certPem: string; keyPem: string }, names: PartNames): void {
  try {
    createSecureContext({ cert: certPem, key: keyPem })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CertificateError(
      'refused',
      `${names.cert} is refused by OpenSSL (${reason}): make one with RSA 2048 or P-256 and SHA-256.`,
      { cause },
    )
  }
}

function notPem(name: string, what: string, cause?: unknown): CertificateError {
  return new CertificateError('not-pem', `${name} is not usable PEM: ${what}.`, { cause })
}

function inSentence(name: string): string {
  return name.replace(/^The /, 'the ')
}
