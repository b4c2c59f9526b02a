import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto'
import forge from 'node-forge'
import { CertificateError } from './certificate-error.ts'

type Asn1 = forge.asn1.Asn1

/** What a CA lends to the certificates it signs. */
export interface Issuer {
  key: KeyObject
  /** The CA's subject as the very bytes it was encoded in: verifiers compare names bytewise (RFC 5280 §4.1.2.4). */
  name: Asn1
  /** The CA's subject key identifier, as a binary string; absent where the CA has none. */
  keyId?: string
  notAfter: Date
}

/**
 * Checks that a certificate and key can sign at `now`.
 *
 * @throws {CertificateError} `bad-authority` or `not-pem`, with the cure
 */
export function readIssuer({ certPem, keyPem }: { certPem: string; keyPem: string }, now: Date): Issuer {
  const certificate = parse('certificate', () => new X509Certificate(certPem))
  const key = parse('key', () => createPrivateKey(keyPem))
  const complaint = authorityComplaint(certificate, key, now)
  if (complaint !== undefined)
    throw new CertificateError('bad-authority', `The CA cannot sign: ${complaint}.`)

  // node:crypto does not give these two fields raw. OpenSSL has accepted the bytes above, so forge
  // here only splits DER: none of its certificate parsing or verifying, where its advisories were.
  const tbs = children(children(forge.asn1.fromDer(certificate.raw.toString('binary')))[0])
  const version = tbs[0]?.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC ? 1 : 0
  const name = tbs[version + 4]
  if (name === undefined) throw new CertificateError('bad-authority', 'The CA has no subject: make a new CA.')
  const keyId = subjectKeyId(tbs)
  return { key, name, notAfter: certificate.validToDate, ...(keyId !== undefined && { keyId }) }
}

function parse<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new CertificateError(
      'not-pem',
      `The CA's ${what} cannot be read: give it as unencrypted PEM, whole and unchanged.`,
      { cause },
    )
  }
}

function authorityComplaint(certificate: X509Certificate, key: KeyObject, now: Date): string | undefined {
  if (!certificate.checkPrivateKey(key))
    return 'its key does not match its certificate; give the pair that was made together'
  if (key.asymmetricKeyType !== 'rsa')
    return `its key is ${key.asymmetricKeyType}, and only RSA is signed with here; sign with the tool that made it`
  if (!certificate.ca)
    return 'its certificate is not one of a CA (CA:TRUE is missing); give the CA, not a serving certificate'
  if (now < certificate.validFromDate)
    return `it is valid from ${certificate.validFromDate.toISOString()} only; check the clock`
  if (now >= certificate.validToDate)
    return `it expired on ${certificate.validToDate.toISOString()}; make a new CA`
  return undefined
}

function subjectKeyId(tbs: Asn1[]): string | undefined {
  const oid = forge.asn1.oidToDer('2.5.29.14').getBytes()
  const wrapper = tbs.find(
    // [3] EXPLICIT Extensions (RFC 5280 §4.1); forge has no name for the number in this position.
    (part) => part.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && part.type.valueOf() === 3,
  )
  const extension = children(children(wrapper)[0]).find((each) => children(each)[0]?.value === oid)
  const octets = children(extension).at(-1)?.value
  const keyId = typeof octets === 'string' ? forge.asn1.fromDer(octets).value : undefined
  return typeof keyId === 'string' ? keyId : undefined
}

function children(node: Asn1 | undefined): Asn1[] {
  return Array.isArray(node?.value) ? node.value : []
}
