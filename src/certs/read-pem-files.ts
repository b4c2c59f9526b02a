import { readFile } from 'node:fs/promises'
import { CertificateError } from './certificate-error.ts'

export interface PemFiles {
  certFile: string
  keyFile: string
  caFile?: string | undefined
}

export interface PemTexts {
  certPem: string
  keyPem: string
  caPem?: string | undefined
}

/** @throws {CertificateError} `missing` or `unreadable`, naming the file */
export async function readPemFiles({ certFile, keyFile, caFile }: PemFiles): Promise<PemTexts> {
  const [certPem, keyPem, caPem] = await Promise.all([
    readPemFile(certFile),
    readPemFile(keyFile),
    caFile === undefined ? undefined : readPemFile(caFile),
  ])
  return { certPem, keyPem, caPem }
}

/**
 * Reads until two reads agree: a Secret's folder is swapped as a whole, but our three reads are not one, and may
 * see a certificate from before the swap with a key from after it.
 */
export async function readSettledPemFiles(files: PemFiles): Promise<PemTexts> {
  let last = await readPemFiles(files)
  for (let tries = 0; tries < 5; tries++) {
    const next = await readPemFiles(files)
    if (samePem(last, next)) return next
    last = next
  }
  return last
}

export function samePem(one: PemTexts, other: PemTexts): boolean {
  return one.certPem === other.certPem && one.keyPem === other.keyPem && one.caPem === other.caPem
}

async function readPemFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    throw code === 'ENOENT'
      ? new CertificateError(
          'missing',
          `${file} does not exist: check the path, or whether the Secret is mounted.`,
          { cause },
        )
      : new CertificateError(
          'unreadable',
          `${file} cannot be read (${code}): it must be a file that this user may read.`,
          {
            cause,
          },
        )
  }
}
