import { beforeAll, expect, test } from 'vitest'
import { certificatesIn, isSameBundle } from '../../src/certs/pem-bundle.ts'
import { newAuthority } from './fresh-pki.ts'

let one: string
let other: string

beforeAll(async () => {
  ;[one, other] = (await Promise.all([newAuthority(), newAuthority()])).map(({ certPem }) => certPem) as [
    string,
    string,
  ]
})

test('the certificates of a bundle are found in whatever surrounds them, each once', () => {
  const indented = one.replaceAll('\n', '\r\n')
  const torn = other.slice(0, 200)
  expect(certificatesIn(`# a comment\n${indented}\n${one}${torn}\n${other}`)).toEqual([one, other])
})

test.each(['', '\n', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
  '%j has none',
  (pem) => expect(certificatesIn(pem)).toEqual([]),
)

test('the order of a bundle says nothing', () => {
  expect(isSameBundle([one, other], [other, one])).toBe(true)
  expect(isSameBundle([one], [one, other])).toBe(false)
})
