import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Authority, CertifiedKey } from './authority.ts'
import { CertificateError } from './certificate-error.ts'

const KEY_MODE = 0o600
const CERT_MODE = 0o644

/** Where each part was written. */
export interface WrittenFiles {
  caCert: string
  caKey: string
  tlsCert: string
  tlsKey: string
}

/**
 * Writes ca.crt, ca.key, tls.crt and tls.key to `dir`, making it where needed. Keys have mode 0600 from their first
 * byte. Each file appears whole or not at all, and none appears before all are on disk. A CA that is there already
 * stays unless `overwrite`; giving that very CA again is no overwriting.
 *
 * @throws {CertificateError} `exists` or `unwritable`, naming the file and the cure
 */
export async function writeCertificates({
  dir,
  authority,
  serving,
  overwrite = false,
}: {
  dir: string
  authority: Authority
  serving: CertifiedKey
  overwrite?: boolean
}): Promise<WrittenFiles> {
  const files = {
    caCert: join(dir, 'ca.crt'),
    caKey: join(dir, 'ca.key'),
    tlsCert: join(dir, 'tls.crt'),
    tlsKey: join(dir, 'tls.key'),
  }
  await naming(dir, () => mkdir(dir, { recursive: true }))
  if (!overwrite) {
    await requireFree(files.caKey, authority.keyPem)
    await requireFree(files.caCert, authority.certPem)
  }
  await writeTogether([
    // A key before its certificate: who sees the certificate may rely on the key.
    { file: files.caKey, text: authority.keyPem, mode: KEY_MODE },
    { file: files.caCert, text: authority.certPem, mode: CERT_MODE },
    { file: files.tlsKey, text: serving.keyPem, mode: KEY_MODE },
    { file: files.tlsCert, text: serving.certPem, mode: CERT_MODE },
  ])
  return files
}

async function requireFree(file: string, ours: string): Promise<void> {
  const present = await naming(file, () => readFile(file, 'utf8').catch(undefinedWhenMissing))
  if (present === undefined || present === ours) return
  throw new CertificateError(
    'exists',
    `${file} exists, and whoever trusts that CA would trust nothing signed by a new one: choose another folder, or overwrite it (--overwrite).`,
  )
}

async function writeTogether(parts: { file: string; text: string; mode: number }[]): Promise<void> {
  const drafts = parts.map((part) => ({ ...part, draft: `${part.file}.${randomUUID()}.tmp` }))
  try {
    for (const { file, draft, text, mode } of drafts)
      await naming(file, () => writeDurably(draft, text, mode))
    for (const { file, draft } of drafts) await naming(file, () => rename(draft, file))
  } finally {
    await Promise.all(drafts.map(({ draft }) => rm(draft, { force: true })))
  }
}

async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  await using handle = await open(file, 'wx', mode)
  await handle.writeFile(text)
  await handle.sync()
}

async function naming<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new CertificateError(
      'unwritable',
      `${file} cannot be written (${codeOf(cause)}): choose a folder in which this user may write.`,
      { cause },
    )
  }
}

function undefinedWhenMissing(err: unknown): undefined {
  if (codeOf(err) !== 'ENOENT') throw err
  return undefined
}

function codeOf(err: unknown): string {
  return err instanceof Error && 'code' in err ? String(err.code) : 'unknown error'
}
