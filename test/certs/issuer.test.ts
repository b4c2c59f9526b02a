import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, type TestContext, vi } from 'vitest'
import type { Authority } from '../../src/certs/authority.ts'
import { readIssuer } from '../../src/certs/issuer.ts'
import { complaintOf } from './complaint.ts'
import { newAuthority, newServing, now } from './fresh-pki.ts'
import { openssl } from './openssl.ts'
import { PATIENCE } from './patience.ts'
import { temporaryFolder } from './temporary-folder.ts'

vi.setConfig(PATIENCE)

let authority: Authority

beforeAll(async () => {
  authority = await newAuthority()
})

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)

describe('readIssuer refuses', () => {
  test('a key of another CA', async () => {
    const { keyPem } = await newAuthority()
    expect(await complaintOf(() => newServing({ ...authority, keyPem }))).toMatch(
      /^bad-authority: .*key does not match/,
    )
  })

  test('a certificate that is none of a CA', async () => {
    const serving = await newServing(authority)
    expect(() => readIssuer(serving, now())).toThrow(/CA:TRUE is missing/)
  })

  test('a CA that is not valid now', () => {
    expect(() => readIssuer(authority, inDays(31))).toThrow(/expired on .*make a new CA/)
    expect(() => readIssuer(authority, inDays(-1))).toThrow(/valid from .*check the clock/)
  })

  test.each([
    ['certificate', { certPem: 'rubbish' }],
    ['key', { keyPem: '' }],
  ])('a %s that is not PEM', async (what, wrong) => {
    expect(await complaintOf(() => readIssuer({ ...authority, ...wrong }, now()))).toMatch(
      new RegExp(`^not-pem: The CA's ${what}`),
    )
  })

  test('a key that is not RSA, saying so', async (context) => {
    const folder = await foreignAuthority(context, ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'])
    expect(() => readIssuer(folder, now())).toThrow(/key is ec, and only RSA/)
  })
})

describe('signing with a CA that another tool made', () => {
  test.for([
    ['as mkcert', ['-subj', '/O=mkcert development CA/OU=me@here (Me)/CN=mkcert me@here (Me)']],
    ['with no subject key identifier', ['-subj', '/CN=plain', '-addext', 'subjectKeyIdentifier=none']],
    [
      'with a multi-valued, non-ASCII name',
      ['-utf8', '-multivalue-rdn', '-subj', '/C=CH/O=Zürich+OU=a/CN=b'],
    ],
  ] as const)('keeps its name byte for byte: %s', async ([, args], context) => {
    const foreign = await foreignAuthority(context, ['-newkey', 'rsa:2048', ...args])
    const leaf = new X509Certificate((await newServing(foreign)).certPem)
    const ca = new X509Certificate(foreign.certPem)
    expect(leaf.issuer).toBe(ca.subject)
    expect(leaf.checkIssued(ca)).toBe(true)
    expect(leaf.verify(ca.publicKey)).toBe(true)
  })
})

async function foreignAuthority(context: TestContext, args: string[]): Promise<Authority> {
  const folder = await temporaryFolder()
  const request = 'req -x509 -nodes -days 9 -keyout ca.key -out ca.crt'.split(' ')
  const name = args.includes('-subj') ? [] : ['-subj', '/CN=foreign']
  await openssl(context, folder, [...request, ...name, ...args])
  return {
    certPem: await readFile(join(folder, 'ca.crt'), 'utf8'),
    keyPem: await readFile(join(folder, 'ca.key'), 'utf8'),
  }
}
