import forge from 'node-forge'

export interface Signed {
  readonly cert: string
  readonly key: string
}

export interface Authority extends Signed {
  /** A certificate for servers on this machine and for clients of that name. */
  sign(commonName: string): Signed
}

/** A throw-away CA for TLS tests on 127.0.0.1. RSA, as forge has nothing else; both keys are made anew each time. */
export function makeAuthority(commonName = 'test CA'): Authority {
  const keys = forge.pki.rsa.generateKeyPair(2048)
  const own = certificate(commonName, keys.publicKey)
  own.setIssuer(own.subject.attributes)
  own.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'keyUsage', keyCertSign: true },
  ])
  own.sign(keys.privateKey, forge.md.sha256.create())

  return {
    ...toPem(own, keys),
    sign(name) {
      const leafKeys = forge.pki.rsa.generateKeyPair(2048)
      const leaf = certificate(name, leafKeys.publicKey)
      leaf.setIssuer(own.subject.attributes)
      leaf.setExtensions([
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 7, ip: '127.0.0.1' },
            { type: 2, value: 'localhost' },
          ],
        },
      ])
      leaf.sign(keys.privateKey, forge.md.sha256.create())
      return toPem(leaf, leafKeys)
    },
  }
}

let serial = 1

function certificate(commonName: string, publicKey: forge.pki.PublicKey): forge.pki.Certificate {
  const cert = forge.pki.createCertificate()
  cert.publicKey = publicKey
  cert.serialNumber = (serial += 1).toString(16).padStart(4, '0')
  cert.validity.notBefore = new Date(Date.now() - 3_600_000)
  cert.validity.notAfter = new Date(Date.now() + 3_600_000)
  cert.setSubject([{ name: 'commonName', value: commonName }])
  return cert
}

function toPem(cert: forge.pki.Certificate, keys: forge.pki.KeyPair): Signed {
  return { cert: forge.pki.certificateToPem(cert), key: forge.pki.privateKeyToPem(keys.privateKey) }
}
