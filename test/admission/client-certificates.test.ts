import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { namesOf, whyRefused, type Clients } from '../../src/admission/client-certificates.ts'
import { makeClientAuthority, type ClientSpec } from './client-pki.ts'

const authority = makeClientAuthority()
const other = makeClientAuthority()
const certificate = (spec: ClientSpec, ca = authority): X509Certificate =>
  new X509Certificate(ca.sign(spec).cert)
const clients = (...names: string[]): Clients => ({
  caPem: authority.cert,
  authorities: [new X509Certificate(authority.cert)],
  names,
})
const NAMED = { commonName: 'system:kube-apiserver' }

describe('the names of a client certificate', () => {
  test('are its common name, its DNS names and its URIs', () => {
    const names = namesOf(
      certificate({ ...NAMED, dns: ['apiserver', 'b.example'], uris: ['spiffe://cluster/apiserver'] }),
    )
    expect(names).toEqual(['system:kube-apiserver', 'apiserver', 'b.example', 'spiffe://cluster/apiserver'])
  })

  test('a name that is written to look like two is one', () => {
    const forged = certificate({ commonName: 'x', dns: ['evil, DNS:apiserver'], uris: ['a", URI:b'] })
    expect(namesOf(forged)).toEqual(['x', 'evil, DNS:apiserver', 'a", URI:b'])
  })

  test('a common name with a line break in it is no second common name', () => {
    expect(namesOf(certificate({ commonName: 'evil\nCN=apiserver' }))).not.toContain('apiserver')
  })

  test('there may be none', () => {
    expect(namesOf(certificate({}))).toEqual([])
  })
})

describe('a caller', () => {
  const now = Date.now()
  const ask = (spec: ClientSpec, allowed: Clients, ca = authority, authorized = true) =>
    whyRefused({ authorized, certificate: certificate(spec, ca) }, allowed, now)

  test('with a certificate of the CA may ask, whatever its name where none is asked for', () => {
    expect(ask(NAMED, clients())).toBeUndefined()
    expect(ask({}, clients())).toBeUndefined()
  })

  test.each([
    ['common name', NAMED],
    ['DNS name', { dns: ['system:kube-apiserver'] }],
    ['URI', { uris: ['system:kube-apiserver'] }],
  ])('may ask by its %s', (_kind, spec) => {
    expect(ask(spec, clients('another', 'system:kube-apiserver'))).toBeUndefined()
  })

  test.each([
    'system:kube-apiserver2',
    'system:kube-apiserve',
    'System:kube-apiserver',
    ' system:kube-apiserver',
    '*',
  ])('named %j is another', (commonName) => {
    expect(ask({ commonName }, clients('system:kube-apiserver'))).toBe('other-name')
  })

  test('is refused without a certificate', () => {
    expect(whyRefused({ authorized: false, certificate: undefined }, clients(), now)).toBe('no-certificate')
  })

  test('is refused with one that another CA of the same name signed, though a handshake took it once', () => {
    expect(ask(NAMED, clients(), other)).toBe('not-trusted')
  })

  test('is refused where the handshake found fault, though its CA is known', () => {
    expect(ask(NAMED, clients(), authority, false)).toBe('not-trusted')
  })

  test('is refused when its certificate has ended since', () => {
    const brief = certificate(NAMED)
    const peer = { authorized: true, certificate: brief }
    expect(whyRefused(peer, clients(), brief.validToDate.getTime())).toBeUndefined()
    expect(whyRefused(peer, clients(), brief.validToDate.getTime() + 1)).toBe('expired')
  })
})
