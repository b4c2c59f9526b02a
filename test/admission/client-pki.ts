import forge from 'node-forge'

export interface Signed {
  readonly cert: string
  readonly key: string
}

export interface ClientSpec {
  readonly commonName?: string
  readonly dns?: readonly string[]
  readonly uris?: readonly string[]
  /** what the certificate is for; clients unless told otherwise */
  readonly purpose?: 'client' | 'server'
  /** hours from now; negative for one that has ended */
  readonly hours?: number
}

export interface ClientAuthority extends Signed {
  readonly sign: (spec: ClientSpec) => Signed
  /** a CA below this one, whose clients bring its certificate along */
  readonly below: (commonName: string) => ClientAuthority
}

const HOUR_MS = 3_600_000
let serial = 1
/** making keys is what takes time: no test is about them */
let pair: forge.pki.rsa.KeyPair | undefined
const keyPair = (): forge.pki.rsa.KeyPair => (pair ??= forge.pki.rsa.generateKeyPair(2048))

/** A throw-away CA of client certificates. */
export function makeClientAuthority(commonName = 'A CA of clients', issuer?: Issuer): ClientAuthority {
  const keys = forge.pki.rsa.generateKeyPair(2048)
  const own = draft([{ name: 'commonName', value: commonName }], keys.publicKey, 2)
  own.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true },
    { name: 'keyUsage', critical: true, keyCertSign: true },
    { name: 'subjectKeyIdentifier' },
    ...keyOf(issuer),
  ])
  own.setIssuer(issuer?.subject ?? own.subject.attributes)
  own.sign(issuer?.key ?? keys.privateKey, forge.md.sha256.create())
  const self: Issuer = {
    subject: own.subject.attributes,
    key: keys.privateKey,
    keyId: own.generateSubjectKeyIdentifier().getBytes(),
  }
  const ownPem = forge.pki.certificateToPem(own)
  const brought = issuer === undefined ? '' : ownPem
  return {
    cert: ownPem,
    key: forge.pki.privateKeyToPem(keys.privateKey),
    below: (name) => makeClientAuthority(name, self),
    sign(spec) {
      const { cert, key } = signLeaf(spec, self)
      return { cert: cert + brought, key }
    },
  }
}

interface Issuer {
  readonly subject: forge.pki.CertificateField[]
  readonly key: forge.pki.rsa.PrivateKey
  readonly keyId: string
}

/** Which of several CAs of one name signed: a renewed CA keeps its name. */
const keyOf = (issuer: Issuer | undefined): { name: string; keyIdentifier: string }[] =>
  issuer === undefined ? [] : [{ name: 'authorityKeyIdentifier', keyIdentifier: issuer.keyId }]

function signLeaf(
  { commonName, dns = [], uris = [], purpose = 'client', hours = 1 }: ClientSpec,
  issuer: Issuer,
): Signed {
  const keys = keyPair()
  const name = commonName === undefined ? [] : [{ name: 'commonName', value: commonName }]
  const leaf = draft([...name, { name: 'organizationName', value: 'test' }], keys.publicKey, hours)
  const altNames = [...dns.map((value) => ({ type: 2, value })), ...uris.map((value) => ({ type: 6, value }))]
  leaf.setExtensions([
    { name: 'extKeyUsage', clientAuth: purpose === 'client', serverAuth: purpose === 'server' },
    ...keyOf(issuer),
    ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames }]),
  ])
  leaf.setIssuer(issuer.subject)
  leaf.sign(issuer.key, forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(leaf), key: forge.pki.privateKeyToPem(keys.privateKey) }
}

function draft(
  subject: forge.pki.CertificateField[],
  publicKey: forge.pki.PublicKey,
  hours: number,
): forge.pki.Certificate {
  const cert = forge.pki.createCertificate()
  cert.publicKey = publicKey
  cert.serialNumber = (serial += 1).toString(16).padStart(4, '0')
  cert.validity.notBefore = new Date(Date.now() - 24 * HOUR_MS)
  cert.validity.notAfter = new Date(Date.now() + hours * HOUR_MS)
  cert.setSubject(subject)
  return cert
}
