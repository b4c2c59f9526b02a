import type { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { CertificateError } from './certificate-error.ts'
import { readChain } from './serving-certificate.ts'

/** The CAs of client certificates, as a handshake takes them and as one by one they are checked. */
export interface ClientAuthorities {
  readonly caPem: string
  readonly authorities: readonly X509Certificate[]
}

/** @throws {CertificateError} `not-pem`, or `bad-authority` for a certificate that may sign no other */
export function readClientAuthorities(caPem: string, name: string): ClientAuthorities {
  const authorities = readChain(caPem, name)
  const leaf = authorities.find(({ ca }) => !ca)
  if (leaf !== undefined) {
    throw new CertificateError(
      'bad-authority',
      `${name} holds a certificate that is no CA (${leaf.subject.replaceAll('\n', ', ')}): give the CA that signed the client certificates.`,
    )
  }
  return { caPem, authorities }
}

/** @throws {CertificateError} as {@link readClientAuthorities}, and `unreadable` */
export async function readClientAuthoritiesFile(file: string): Promise<ClientAuthorities> {
  const pem = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CertificateError(
      'unreadable',
      `${file} cannot be read (${cause.code}): --client-ca must be a file that this user may read.`,
      { cause },
    )
  })
  return readClientAuthorities(pem, file)
}
