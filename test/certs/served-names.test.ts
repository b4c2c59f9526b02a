import * as fc from 'fast-check'
import { X509Certificate } from 'node:crypto'
import { beforeAll, expect, test, vi } from 'vitest'
import { makeAuthority } from '../../src/certs/authority.ts'
import { servedNames } from '../../src/certs/served-names.ts'
import { newAuthority, newServing, now } from './fresh-pki.ts'
import { PATIENCE } from './patience.ts'

vi.setConfig(PATIENCE)

let leaf: X509Certificate

beforeAll(async () => {
  const hosts = ['dapr-shared.dapr-system.svc', '*.example.com', '10.0.0.1', '2001:db8::1']
  leaf = new X509Certificate((await newServing(await newAuthority(), hosts)).certPem)
})

test.each([
  'dapr-shared.dapr-system.svc',
  'Dapr-Shared.dapr-system.SVC:443',
  'dapr-shared.dapr-system.svc.',
  'dapr-shared.dapr-system.svc.:443',
  'www.example.com',
  '10.0.0.1',
  '10.0.0.1:8443',
  '2001:db8::1',
  '[2001:DB8:0::1]',
  '[2001:db8::1]:8443',
])('serves %s', (host) => {
  expect(servedNames(leaf)(host)).toBe(true)
})

test.each([
  '',
  '.',
  ':443',
  'svc',
  '.dapr-system.svc',
  '.svc',
  '*.example.com',
  'example.com',
  'a.b.example.com',
  'dapr-shared.dapr-system.svc:',
  'dapr-shared.dapr-system.svc:http',
  'dapr-shared.dapr-system.svc..',
  'dapr-shared.dapr-system.svc\0',
  'dapr-shared.dapr-system.svc@evil.example',
  'dapr-shared.dapr-system.svc/x',
  '10.0.0.2',
  '[10.0.0.1]',
  '[2001:db8::1',
  '2001:db8::1%eth0',
  '[2001:db8::1%eth0]:1',
])('does not serve %j', (host) => {
  expect(servedNames(leaf)(host)).toBe(false)
})

test('does not serve a common name, as the API server does not', async () => {
  const { certPem } = await makeAuthority({ commonName: 'dapr-shared.svc', now, days: 1 })
  expect(servedNames(new X509Certificate(certPem))('dapr-shared.svc')).toBe(false)
})

test('asks OpenSSL once for each host that matches', () => {
  const asked = vi.spyOn(leaf, 'checkHost')
  const serves = servedNames(leaf)
  for (let times = 0; times < 100; times++) serves('www.example.com')
  expect(asked).toHaveBeenCalledTimes(1)
  asked.mockRestore()
})

test('forgets, so that names invented under a wildcard fill no memory', () => {
  const asked = vi.spyOn(leaf, 'checkHost')
  const serves = servedNames(leaf)
  for (let i = 0; i < 1000; i++) serves(`n${i}.example.com`)
  serves('n0.example.com')
  expect(asked).toHaveBeenCalledTimes(1001)
  asked.mockRestore()
})

test('lets no invented name that fails push out one that matched', () => {
  const asked = vi.spyOn(leaf, 'checkHost')
  const serves = servedNames(leaf)
  serves('www.example.com')
  for (let i = 0; i < 1000; i++) serves(`n${i}.example.org`)
  serves('www.example.com')
  expect(asked).toHaveBeenCalledTimes(1001)
  asked.mockRestore()
})

test('goes on answering rightly when a caller invents thousands of names under a wildcard', () => {
  const serves = servedNames(leaf)
  for (let i = 0; i < 2000; i++)
    expect(serves(`n${i}.example.com`) && !serves(`n${i}.example.org`)).toBe(true)
  expect(serves('n0.example.com')).toBe(true)
})

test('answers any text without throwing, and the same twice', () => {
  const serves = servedNames(leaf)
  const piece = fc.constantFrom(
    'dapr-shared.dapr-system.svc',
    '.',
    ':',
    '[',
    ']',
    '443',
    '*',
    '%',
    '10.0.0.1',
    '\0',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((pieces) => pieces.join('')),
  )
  fc.assert(fc.property(text, (host) => serves(host) === serves(host)))
})
