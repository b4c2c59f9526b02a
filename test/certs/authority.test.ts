import * as fc from 'fast-check'
import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto'
import { isIP } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { makeAuthority, signServing, type Authority } from '../../src/certs/authority.ts'
import { complaintOf } from './complaint.ts'
import { newAuthority, newServing, now } from './fresh-pki.ts'
import { openssl } from './openssl.ts'
import { PATIENCE } from './patience.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { handshake, serveTls } from './tls-server.ts'

vi.setConfig(PATIENCE)

const HOUR = 3_600_000
const DAY = 24 * HOUR
let authority: Authority

beforeAll(async () => {
  authority = await newAuthority()
})

describe('makeAuthority', () => {
  test('makes a CA that signed itself', () => {
    const ca = new X509Certificate(authority.certPem)
    expect(ca.ca).toBe(true)
    expect(ca.checkIssued(ca)).toBe(true)
    expect(ca.verify(ca.publicKey)).toBe(true)
    expect(ca.checkPrivateKey(createPrivateKey(authority.keyPem))).toBe(true)
    expect(ca.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072)
    expect(ca.subject).toBe('CN=A test CA')
  })

  test('is valid from an hour before now, for the days asked', async () => {
    const at = new Date('2051-03-01T12:00:00Z')
    const ca = new X509Certificate(
      (await makeAuthority({ commonName: 'A CA of läter', now: () => at, days: 10 })).certPem,
    )
    expect(ca.validFromDate.getTime()).toBe(at.getTime() - HOUR)
    expect(ca.validToDate.getTime()).toBe(at.getTime() + 10 * DAY)
    expect(ca.subject).toBe('CN=A CA of läter')
  })

  test.each(['', 'x'.repeat(65)])('refuses the common name %j', async (commonName) => {
    expect(await complaintOf(() => makeAuthority({ commonName, now, days: 1 }))).toMatch(
      /^bad-name: .*1 to 64/,
    )
  })

  test.each([0, -1, Number.NaN, Infinity, 36_501])('refuses %s days', async (days) => {
    expect(await complaintOf(() => makeAuthority({ commonName: 'CA', now, days }))).toMatch(
      /^bad-days: .*at most 36500/,
    )
  })
})

describe('signServing', () => {
  test('is signed by the CA, for a server, with a key of its own', async () => {
    const serving = await newServing(authority)
    const leaf = new X509Certificate(serving.certPem)
    const ca = new X509Certificate(authority.certPem)
    expect(leaf.checkIssued(ca)).toBe(true)
    expect(leaf.verify(ca.publicKey)).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(leaf.checkPrivateKey(createPrivateKey(serving.keyPem))).toBe(true)
    expect(leaf.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(createPublicKey(serving.keyPem).equals(ca.publicKey)).toBe(false)
  })

  test('names every host, the first also as common name, cut to 64 characters', async () => {
    const long = `${'a'.repeat(60)}.dapr-system.svc`
    const { certPem } = await newServing(authority, [long, '*.example.com', '::1', '10.0.0.1'])
    const leaf = new X509Certificate(certPem)
    expect(leaf.subject).toBe(`CN=${long.slice(0, 64)}`)
    expect(leaf.subjectAltName).toBe(
      `DNS:${long}, DNS:*.example.com, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.1`,
    )
    expect(leaf.checkHost('www.example.com')).toBe('*.example.com')
    expect(leaf.checkHost('a.b.example.com')).toBeUndefined()
  })

  test('never outlives the CA', async () => {
    const { certPem } = await signServing({ authority, hosts: ['localhost'], now, days: 400 })
    const ca = new X509Certificate(authority.certPem)
    expect(new X509Certificate(certPem).validToDate).toEqual(ca.validToDate)
  })

  test('has a serial number of its own, positive and of 128 bits', async () => {
    const certificates = await Promise.all(Array.from({ length: 8 }, () => newServing(authority)))
    const serials = certificates.map(({ certPem }) => new X509Certificate(certPem).serialNumber)
    expect(new Set(serials).size).toBe(8)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  test('shakes hands with a client that trusts the CA, by name and by address', async () => {
    const serving = await newServing(authority, ['localhost', '::1'])
    const { port } = await serveTls(serving)
    const { fingerprint256 } = new X509Certificate(serving.certPem)
    expect(await handshake(port, { ca: authority.certPem, host: 'localhost' })).toBe(fingerprint256)
    const stranger = await newAuthority()
    await expect(handshake(port, { ca: stranger.certPem, host: 'localhost' })).rejects.toThrow(/certificate/)
  })

  test('satisfies openssl verify, strictly', async (context) => {
    const folder = await temporaryFolder()
    const serving = await newServing(authority, ['*.example.com', '::1'])
    await writeFile(join(folder, 'ca.crt'), authority.certPem)
    await writeFile(join(folder, 'tls.crt'), serving.certPem)

    const verdict = await openssl(
      context,
      folder,
      'verify -x509_strict -purpose sslserver -verify_hostname a.example.com -CAfile ca.crt tls.crt'.split(
        ' ',
      ),
    )
    expect(verdict).toBe('tls.crt: OK\n')
    const ca = await openssl(context, folder, ['x509', '-in', 'ca.crt', '-noout', '-text'])
    expect(ca).toMatch(/Version: 3/)
    expect(ca).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
    expect(ca).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/)
    const leaf = await openssl(context, folder, ['x509', '-in', 'tls.crt', '-noout', '-text'])
    expect(keyIdOf(leaf, 'Authority')).toBe(keyIdOf(ca, 'Subject'))
    expect(keyIdOf(leaf, 'Authority')).toMatch(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/)
  })

  test('refuses bad hosts', async () => {
    expect(await complaintOf(() => newServing(authority, []))).toMatch(/^no-hosts: /)
    expect(await complaintOf(() => newServing(authority, ['no/host']))).toMatch(/^bad-host: /)
  })

  test('serves every host it was asked for, whatever they are', async () => {
    const wildcard = fc.domain().map((domain) => `*.${domain}`)
    const host = fc.oneof(fc.domain(), wildcard, fc.ipV4(), fc.ipV6(), fc.constant('localhost'))
    await fc.assert(
      fc.asyncProperty(fc.array(host, { minLength: 1, maxLength: 12 }), async (hosts) => {
        const leaf = new X509Certificate((await newServing(authority, hosts)).certPem)
        for (const each of hosts) {
          if (isIP(each) === 0)
            expect(leaf.subjectAltName?.split(', ')).toContain(`DNS:${each.toLowerCase()}`)
          else expect(leaf.checkIP(each), each).toBeDefined()
          if (isIP(each) === 0 && !each.startsWith('*')) expect(leaf.checkHost(each), each).toBeDefined()
        }
      }),
      { numRuns: 25, examples: [[['::2:3:4:5:6:7:8', '::ffff:1.2.3.4', '*.a.example']]] },
    )
  })
})

function keyIdOf(text: string, which: string): string | undefined {
  return new RegExp(`${which} Key Identifier: *\\s+([0-9A-F:]+)`).exec(text)?.[1]
}
