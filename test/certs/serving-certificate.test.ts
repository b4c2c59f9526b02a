import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Authority, CertifiedKey } from '../../src/certs/authority.ts'
import { readServingCertificate } from '../../src/certs/source.ts'
import { complaintOf } from './complaint.ts'
import { newAuthority, newServing } from './fresh-pki.ts'
import { openssl } from './openssl.ts'
import { PATIENCE } from './patience.ts'
import { temporaryFolder } from './temporary-folder.ts'

vi.setConfig(PATIENCE)

let authority: Authority
let stranger: Authority
let serving: CertifiedKey
let other: CertifiedKey

beforeAll(async () => {
  ;[authority, stranger] = await Promise.all([newAuthority(), newAuthority()])
  ;[serving, other] = await Promise.all([newServing(authority), newServing(authority)])
})

describe('readServingCertificate takes', () => {
  test('a pair, and says what it knows of it', () => {
    const read = readServingCertificate({ ...serving, caPem: authority.certPem })
    expect(read).toMatchObject({ certPem: serving.certPem, keyPem: serving.keyPem, caPem: authority.certPem })
    expect(read.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    expect(read.serves('localhost')).toBe(true)
  })

  test('a pair whose CA is not known', () => {
    expect(readServingCertificate(serving)).not.toHaveProperty('caPem')
  })

  test('Windows line ends and text around the blocks', () => {
    const certPem = `Certificate:\n  Data\n${serving.certPem}\n# end\n`.replaceAll('\n', '\r\n')
    expect(readServingCertificate({ certPem, keyPem: serving.keyPem }).serves('localhost')).toBe(true)
  })

  test('a bundle with the old and the new CA', () => {
    const caPem = stranger.certPem + authority.certPem
    expect(readServingCertificate({ ...serving, caPem }).caPem).toBe(caPem)
  })

  test('a chain that ends below the CA, and a certificate that is its own CA', async (context) => {
    const folder = await temporaryFolder()
    const run = (...args: string[]) => openssl(context, folder, args)
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    await run('req', '-x509', ...ec, '-subj', '/CN=root', '-keyout', 'root.key', '-out', 'root.crt')
    await run('req', '-x509', ...ec, '-subj', '/CN=middle', '-CA', 'root.crt', '-CAkey', 'root.key', '-keyout', 'mid.key', '-out', 'mid.crt') // prettier-ignore
    await run('req', '-x509', ...ec, '-subj', '/CN=leaf', '-addext', 'subjectAltName=DNS:leaf.example', '-CA', 'mid.crt', '-CAkey', 'mid.key', '-keyout', 'leaf.key', '-out', 'leaf.crt') // prettier-ignore
    const read = (name: string) => readFile(join(folder, name), 'utf8')
    const [root, middle, leaf, keyPem] = await Promise.all(
      ['root.crt', 'mid.crt', 'leaf.crt', 'leaf.key'].map(read),
    )
    if (root === undefined || middle === undefined || leaf === undefined || keyPem === undefined)
      throw new Error('unread')

    expect(
      readServingCertificate({ certPem: leaf + middle, keyPem, caPem: root }).serves('leaf.example'),
    ).toBe(true)
    expect(readServingCertificate({ certPem: leaf, keyPem, caPem: leaf }).serves('leaf.example')).toBe(true)
    expect(await complaintOf(() => readServingCertificate({ certPem: leaf, keyPem, caPem: root }))).toMatch(
      /^wrong-ca: .*subject is "CN=middle"/,
    )
  })
})

describe('readServingCertificate refuses', async () => {
  test.each([
    ['nothing', () => '', /holds no certificate/],
    ['a key in its place', () => serving.keyPem, /something besides certificates/],
    ['half a certificate', () => serving.certPem.slice(0, 600), /or a part of one/],
    ['half a chain', () => serving.certPem + authority.certPem.slice(0, 600), /or a part of one/],
    ['damage', () => serving.certPem.replace('\nMII', '\nAAA'), /a block in it is damaged/],
  ])('%s as the certificate', async (_, certPem, message) => {
    const complaint = await complaintOf(() =>
      readServingCertificate({ certPem: certPem(), keyPem: serving.keyPem }),
    )
    expect(complaint).toMatch(/^not-pem: /)
    expect(complaint).toMatch(message)
  })

  test.each([
    ['nothing', () => ''],
    ['a certificate in its place', () => serving.certPem],
    ['half a key', () => serving.keyPem.slice(0, 600)],
  ])('%s as the key', async (_, keyPem) => {
    expect(
      await complaintOf(() => readServingCertificate({ certPem: serving.certPem, keyPem: keyPem() })),
    ).toMatch(/^not-pem: .*no whole private key/)
  })

  test('a key with a passphrase, naming the cure', async () => {
    const keyPem = createPrivateKey(serving.keyPem)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
      .toString()
    expect(await complaintOf(() => readServingCertificate({ certPem: serving.certPem, keyPem }))).toMatch(
      /^key-encrypted: .*openssl pkey/,
    )
  })

  test('the key of another certificate', async () => {
    expect(
      await complaintOf(() => readServingCertificate({ certPem: serving.certPem, keyPem: other.keyPem })),
    ).toMatch(/^key-mismatch: .*The private key does not match the certificate\. Give the pair/)
  })

  test('a chain in the wrong order, saying which comes first', async () => {
    const certPem = authority.certPem + serving.certPem
    expect(await complaintOf(() => readServingCertificate({ certPem, keyPem: serving.keyPem }))).toMatch(
      /^key-mismatch: .*belongs to certificate 2 of the chain: put that one first/,
    )
  })

  test('a CA that did not issue it, even when that CA is appended to the chain', async () => {
    const wrong = /^wrong-ca: .*subject is "CN=A test CA"/
    expect(await complaintOf(() => readServingCertificate({ ...serving, caPem: stranger.certPem }))).toMatch(
      wrong,
    )
    const certPem = serving.certPem + stranger.certPem
    expect(
      await complaintOf(() =>
        readServingCertificate({ certPem, keyPem: serving.keyPem, caPem: stranger.certPem }),
      ),
    ).toMatch(wrong)
  })

  test('an empty CA', async () => {
    expect(await complaintOf(() => readServingCertificate({ ...serving, caPem: '\n' }))).toMatch(
      /^not-pem: The CA is not/,
    )
  })

  test('what OpenSSL would refuse at the first handshake', async (context) => {
    const folder = await temporaryFolder()
    await openssl(context, folder, ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=weak', '-keyout', 'k', '-out', 'c']) // prettier-ignore
    const [certPem, keyPem] = await Promise.all([
      readFile(join(folder, 'c'), 'utf8'),
      readFile(join(folder, 'k'), 'utf8'),
    ])
    expect(await complaintOf(() => readServingCertificate({ certPem, keyPem }))).toMatch(
      /^refused: .*key too small.*RSA 2048/,
    )
  })

  test('under the names of the files, and without a word of the key', async () => {
    const names = { cert: '/certs/tls.crt', key: '/certs/tls.key', ca: '/certs/ca.crt' }
    const half = serving.keyPem.slice(0, 600)
    const read = () => readServingCertificate({ certPem: serving.certPem, keyPem: half }, names)
    const complaint = await complaintOf(read)
    expect(complaint).toMatch(/^not-pem: \/certs\/tls\.key is not usable PEM/)
    expect(complaint).not.toContain(half.slice(40, 80))
  })
})
