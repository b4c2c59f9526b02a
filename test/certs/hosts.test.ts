import * as fc from 'fast-check'
import { SocketAddress } from 'node:net'
import { expect, test, vi } from 'vitest'
import { readHosts } from '../../src/certs/hosts.ts'
import { complaintOf } from './complaint.ts'
import { PATIENCE } from './patience.ts'

vi.setConfig(PATIENCE)

const namesOf = (hosts: string[]) => readHosts(hosts).map(({ name }) => name)

test.each([
  ['LocalHost', 'localhost'],
  ['dapr-shared.dapr-system.svc', 'dapr-shared.dapr-system.svc'],
  ['example.com.', 'example.com'],
  [' example.com ', 'example.com'],
  ['*.Example.com', '*.example.com'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['1.example', '1.example'],
  ['127.0.0.1', '127.0.0.1'],
  ['[::1]', '::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['2001:DB8::A', '2001:db8::a'],
  ['::ffff:1.2.3.4', '::ffff:102:304'],
])('%s is the host %s', (written, name) => {
  expect(namesOf([written])).toEqual([name])
})

test('one host written in several ways is one host, and the order stays', () => {
  expect(namesOf(['b.example', '::1', 'B.example.', '[0::1]', 'a.example'])).toEqual([
    'b.example',
    '::1',
    'a.example',
  ])
})

test.each([
  ['', /it is empty/],
  ['*', /two labels behind it/],
  ['*.com', /two labels behind it/],
  ['a.*.example', /whole first part/],
  ['a*.example.com', /whole first part/],
  ['a..b', /"" is not/],
  ['-a.example', /"-a" is not/],
  ['a_b.example', /"a_b" is not/],
  ['two words', /"two words" is not/],
  [`${'a'.repeat(64)}.example`, /1 to 63/],
  [`${'a.'.repeat(127)}aa`, /253 characters, this one has 256/],
  ['bücher.example', /xn--/],
  ['256.1.1.1', /IPv4/],
  ['1.2.3', /IPv4/],
  ['localhost:8443', /without scheme, port/],
  ['https://localhost', /without scheme, port/],
  ['fe80::1%eth0', /zone/],
])('%j is refused with the cure', async (written, cure) => {
  expect(await complaintOf(() => readHosts(['good.example', written]))).toMatch(cure)
  expect(await complaintOf(() => readHosts([written]))).toMatch(/^bad-host: /)
})

test('no host at all is refused', async () => {
  expect(await complaintOf(() => readHosts([]))).toMatch(/^no-hosts: .*such as localhost/)
})

test('the bytes of any address say the same address again', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (written) => {
      const [host] = readHosts([written])
      if (host.kind !== 'ip') throw new Error(`${written} was taken for a name`)
      const again =
        host.bytes.length === 4
          ? [...host.bytes].join('.')
          : host.bytes.toString('hex').replace(/(.{4})(?!$)/g, '$1:')
      const family = host.bytes.length === 4 ? 'ipv4' : 'ipv6'
      expect(canonical(again, family)).toBe(canonical(written, family))
    }),
    { numRuns: 1000, examples: [['::2:3:4:5:6:7:8'], ['1:2:3:4:5:6:7::'], ['::'], ['::ffff:1.2.3.4']] },
  )
})

test('any text is either read or refused with a CertificateError', async () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.domain(), fc.webAuthority())
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      expect(await complaintOf(() => readHosts([written]))).toMatch(/^(bad-host: .*|no complaint$)/s)
    }),
  )
})

// The system's own inet_ntop, which knows nothing of the code under test.
function canonical(address: string, family: 'ipv4' | 'ipv6'): string {
  return new SocketAddress({ address, family }).address
}
