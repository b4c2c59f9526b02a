import forge from 'node-forge'
import { describe, expect, test } from 'vitest'
import type { Authority } from '../../src/certs/authority.ts'
import type { ClusterFacts, Fact } from '../../src/check/facts.ts'
import { provesTrust } from '../../src/check/dry-run.ts'
import type { JsonObject } from '../../src/core/pod.ts'
import { NAME } from '../../src/install/names.ts'
import { ApiError } from '../../src/kube/call-errors.ts'
import { changed, set } from './change.ts'
import {
  aProbe,
  goodFacts,
  inDays,
  installed,
  known,
  madeCertificate,
  told,
  untold,
  wrongIn,
} from './made-facts.ts'

/** Both configurations with another `caBundle`: one text for all webhooks, or one for each. */
function bundled(bundle: string | ((index: number) => string)): Partial<ClusterFacts> {
  const pemOf = (index: number): string => (typeof bundle === 'string' ? bundle : bundle(index))
  const write = (kind: string, count: number, first: number): Fact<JsonObject> =>
    known(
      changed(
        installed(kind),
        ...Array.from({ length: count }, (_, index) =>
          set(
            `/webhooks/${index}/clientConfig/caBundle`,
            Buffer.from(pemOf(first + index)).toString('base64'),
          ),
        ),
      ),
    )
  return {
    mutating: write('MutatingWebhookConfiguration', 1, 0),
    validating: write('ValidatingWebhookConfiguration', 2, 1),
  }
}

// made before the tests, as a key of a CA takes a second
const [other, third, elsewhere, short] = await Promise.all([
  madeCertificate(),
  madeCertificate(),
  madeCertificate({ hosts: ['elsewhere.test'] }),
  madeCertificate({ days: 40 }),
])

describe('caBundle', () => {
  test.each([
    ['empty', ''],
    ['no certificate', 'not PEM'],
    ['half a certificate', other.authority.certPem.slice(0, 200)],
    ['damaged', '-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n'],
  ])('%s: fails', (_, bundle) => {
    expect(told(wrongIn(bundled(bundle)))).toEqual(['fail certificates.ca-bundle'])
  })

  test('missing in one webhook alone: names it', () => {
    const lines = wrongIn(bundled((index) => (index === 0 ? '' : other.authority.certPem)))
    expect(told(lines)).toEqual(['fail certificates.ca-bundle'])
    expect(lines[0]?.what).toContain('caBundle of mutate.shared.dapr.io is empty')
  })

  test('not the same in all', () => {
    const lines = wrongIn(bundled((index) => (index === 0 ? third : other).authority.certPem))
    expect(told(lines)).toEqual(['fail certificates.ca-bundle'])
  })

  test('another CA than that of the certificate: fails and says who signed', () => {
    const lines = wrongIn(bundled(other.authority.certPem))
    expect(told(lines)).toEqual(['fail certificates.chain'])
    expect(lines[0]?.got).toContain('signed by CN=ca')
  })

  test('two CAs, one of which signed, as in the midst of a rotation: fine', () => {
    const facts = {
      ...bundled(other.authority.certPem + third.authority.certPem),
      certificate: known({ certPem: third.certPem }),
    }
    expect(wrongIn(facts)).toEqual([])
  })
})

/** A certificate that `issuer` signed, CA or not, for servers or not. */
function signed(
  issuer: Authority,
  { name, isAuthority, usage, days }: { name: string; isAuthority: boolean; usage: string; days: number },
): Authority {
  const keys = forge.pki.rsa.generateKeyPair(1024)
  const draft = forge.pki.createCertificate()
  draft.publicKey = keys.publicKey
  draft.serialNumber = '01'
  draft.validity.notBefore = new Date(inDays(-1))
  draft.validity.notAfter = new Date(inDays(days))
  draft.setSubject([{ name: 'commonName', value: name }])
  draft.setIssuer(forge.pki.certificateFromPem(issuer.certPem).subject.attributes)
  draft.setExtensions([
    { name: 'basicConstraints', cA: isAuthority },
    { name: 'extKeyUsage', [usage]: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: `${NAME}.dapr-shared-system.svc` }] },
  ])
  draft.sign(forge.pki.privateKeyFromPem(issuer.keyPem), forge.md.sha256.create())
  return { certPem: forge.pki.certificateToPem(draft), keyPem: forge.pki.privateKeyToPem(keys.privateKey) }
}

describe('a chain', () => {
  const chainOf = (
    between: { isAuthority: boolean; days: number },
    usage = 'serverAuth',
  ): ReturnType<typeof wrongIn> => {
    const intermediate = signed(other.authority, { name: 'between', usage: 'serverAuth', ...between })
    const leaf = signed(intermediate, { name: 'leaf', isAuthority: false, usage, days: 90 })
    return wrongIn({
      ...bundled(other.authority.certPem),
      certificate: known({ certPem: leaf.certPem + intermediate.certPem }),
    })
  }

  test('by way of an intermediate is fine', () => {
    expect(chainOf({ isAuthority: true, days: 90 })).toEqual([])
  })

  test('by way of one that has expired fails, and says so', () => {
    const lines = chainOf({ isAuthority: true, days: -0.5 })
    expect(told(lines)).toEqual(['fail certificates.chain'])
    expect(lines[0]?.what).toContain('an intermediate certificate')
  })

  test('by way of one that is no CA fails', () => {
    expect(told(chainOf({ isAuthority: false, days: 90 }))).toEqual(['fail certificates.chain'])
  })

  test('whose leaf is for clients alone fails', () => {
    const lines = chainOf({ isAuthority: true, days: 90 }, 'clientAuth')
    expect(told(lines)).toEqual(['fail certificates.chain'])
    expect(lines[0]?.wanted).toContain('serverAuth')
  })
})

describe('the serving certificate', () => {
  const serving = (certPem: string, caPem: string): Partial<ClusterFacts> => ({
    ...bundled(caPem),
    certificate: known({ certPem }),
  })

  test('is not there yet', () => {
    expect(told(wrongIn({ certificate: known({ certPem: '' }) }))).toEqual(['fail certificates.chain'])
    expect(told(wrongIn({ certificate: known(undefined) }))).toEqual(['fail certificates.chain'])
  })

  test('is for other hosts', () => {
    const { certPem, authority } = elsewhere
    const lines = wrongIn(serving(certPem, authority.certPem))
    expect(told(lines)).toEqual(['fail certificates.hosts'])
    expect(lines[0]).toMatchObject({
      wanted: `DNS:${NAME}.dapr-shared-system.svc`,
      got: 'DNS:elsewhere.test',
    })
  })

  test('ends soon, has ended, and is not valid yet', () => {
    const { certPem, authority } = short
    const facts = serving(certPem, authority.certPem)
    const levelIn = (days: number): readonly string[] =>
      told(wrongIn(facts, { now: inDays(days) })).filter((one) => one.includes('expiry'))
    expect([levelIn(0), levelIn(11), levelIn(41), levelIn(-2)]).toEqual([
      [],
      ['warn certificates.expiry'],
      ['fail certificates.expiry'],
      ['fail certificates.ca-expiry', 'fail certificates.expiry'],
    ])
    expect(
      told(wrongIn(facts, { now: inDays(11), expiryDays: 10 })).filter((one) => one.includes('expiry')),
    ).toEqual([])
  })

  test('may not be read: unknown, but for what the dry run shows', () => {
    const certificate = untold('get secrets/x -n dapr-shared-system')
    expect(told(wrongIn({ certificate }))).toEqual(['unknown certificates.chain'])
    const refused = new ApiError({
      status: 403,
      reason: 'Forbidden',
      message: 'admission webhook "mutate.shared.dapr.io" denied the request: [instance.missing] none',
    })
    const injection = aProbe({
      answer: { kind: 'no', error: refused, warnings: [] },
      offline: { kind: 'refused', message: '[instance.missing] none' },
    })
    expect(provesTrust(injection)).toBe(true)
    const plain = aProbe({ target: { namespace: 'shop', appId: '' } })
    expect(wrongIn({ certificate, dryRun: { injection, plain } })).toEqual([])
  })

  test('of no line is anything of a key', () => {
    const text = JSON.stringify(wrongIn({ ...goodFacts(), ...bundled(other.authority.certPem) }))
    expect(text).not.toContain('PRIVATE KEY')
  })
})
