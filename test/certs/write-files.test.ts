import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import type { Authority, CertifiedKey } from '../../src/certs/authority.ts'
import { readServingCertificate } from '../../src/certs/source.ts'
import { writeCertificates } from '../../src/certs/write-files.ts'
import { complaintOf } from './complaint.ts'
import { newAuthority, newServing } from './fresh-pki.ts'
import { PATIENCE } from './patience.ts'
import { temporaryFolder } from './temporary-folder.ts'

vi.setConfig(PATIENCE)

let authority: Authority
let other: Authority
let serving: CertifiedKey
let renewed: CertifiedKey

beforeAll(async () => {
  ;[authority, other] = await Promise.all([newAuthority(), newAuthority()])
  ;[serving, renewed] = await Promise.all([newServing(authority), newServing(authority)])
})

const modeOf = async (file: string) => (await stat(file)).mode & 0o777

test('writes four files that serve, keys for their owner alone', async () => {
  const dir = join(await temporaryFolder(), 'new', 'certs')
  const files = await writeCertificates({ dir, authority, serving })

  expect(await readdir(dir)).toEqual(['ca.crt', 'ca.key', 'tls.crt', 'tls.key'])
  expect(await modeOf(files.caKey)).toBe(0o600)
  expect(await modeOf(files.tlsKey)).toBe(0o600)
  const [certPem, keyPem, caPem] = await Promise.all(
    [files.tlsCert, files.tlsKey, files.caCert].map((file) => readFile(file, 'utf8')),
  )
  if (certPem === undefined || keyPem === undefined) throw new Error('unread')
  expect(readServingCertificate({ certPem, keyPem, caPem }).serves('localhost')).toBe(true)
  expect(await readFile(files.caKey, 'utf8')).toBe(authority.keyPem)
})

test.each(['ca.crt', 'ca.key'])(
  'leaves everything as it was when another %s is there, and says how to go on',
  async (name) => {
    const dir = await temporaryFolder()
    await writeFile(join(dir, name), 'precious')
    expect(await complaintOf(() => writeCertificates({ dir, authority, serving }))).toBe(
      `exists: ${join(dir, name)} exists, and whoever trusts that CA would trust nothing signed by a new one: choose another folder, or overwrite it (--overwrite).`,
    )
    expect(await readdir(dir)).toEqual([name])
    expect(await readFile(join(dir, name), 'utf8')).toBe('precious')
  },
)

test('overwrites another CA when told to, and a loose mode with it', async () => {
  const dir = await temporaryFolder()
  await writeFile(join(dir, 'ca.key'), 'old', { mode: 0o644 })
  const files = await writeCertificates({ dir, authority: other, serving, overwrite: true })
  expect(await readFile(files.caKey, 'utf8')).toBe(other.keyPem)
  expect(await modeOf(files.caKey)).toBe(0o600)
})

test('renews the serving certificate under the CA that is there', async () => {
  const dir = await temporaryFolder()
  await writeCertificates({ dir, authority, serving })
  const files = await writeCertificates({ dir, authority, serving: renewed })
  expect(await readFile(files.tlsCert, 'utf8')).toBe(renewed.certPem)
  expect(await readFile(files.tlsKey, 'utf8')).toBe(renewed.keyPem)
})

test('names the file that cannot be written, and leaves no drafts', async () => {
  const dir = await temporaryFolder()
  await mkdir(join(dir, 'tls.key'))
  expect(await complaintOf(() => writeCertificates({ dir, authority, serving }))).toMatch(
    /^unwritable: .*tls\.key cannot be written/,
  )
  expect((await readdir(dir)).filter((name) => name.endsWith('.tmp'))).toEqual([])

  await writeFile(join(dir, 'file'), '')
  const below = join(dir, 'file', 'certs')
  expect(await complaintOf(() => writeCertificates({ dir: below, authority, serving }))).toMatch(
    /file.certs cannot be written \(ENOTDIR\)/,
  )
})
