import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { AuthorityRecord } from '../../../src/certs/built-in/record.ts'
import { makeCertificates } from '../../../src/certs/built-in/make-certificates.ts'
import { takeStep } from '../../../src/certs/built-in/take-step.ts'
import { readRecord, writeRecord } from '../../../src/certs/built-in/secret-data.ts'
import { now } from '../fresh-pki.ts'
import { PATIENCE } from '../patience.ts'

vi.setConfig(PATIENCE)

const HOSTS = ['hook.shop.svc', 'hook.shop']
const make = makeCertificates(HOSTS, now)
/** as in the middle of a rotation: all parts are there */
let record: AuthorityRecord
let texts: Record<string, string>

beforeAll(async () => {
  const until = new Date('2027-01-01T00:00:00Z')
  const first = await takeStep({}, { do: 'announce', occasion: 'due', why: '' }, make)
  const served = await takeStep(first ?? {}, { do: 'promote', retiredUntil: until, why: '' }, make)
  const second = await takeStep(served ?? {}, { do: 'announce', occasion: 'asked', why: '' }, make)
  record = { ...second, retired: { certificates: [second?.authority?.certPem ?? ''], until } }
  texts = writeRecord(record) as Record<string, string>
})

describe('what the Secret holds', () => {
  test('is read as it was written', () => {
    expect(readRecord(texts, HOSTS)).toEqual({ record, broken: [] })
  })

  test('of an empty one is nothing', () => {
    expect(readRecord({}, HOSTS)).toEqual({ record: {}, broken: [] })
  })

  test('has the keys of every TLS Secret', () => {
    expect(Object.keys(texts)).toEqual(expect.arrayContaining(['tls.crt', 'tls.key', 'ca.crt']))
  })

  test.each([
    ['ca.crt', ['authority', 'leaf'], ['tls.crt', 'tls.key', 'ca.crt', 'ca.key']],
    ['tls.crt', ['leaf'], ['tls.crt', 'tls.key']],
    ['tls.key', ['leaf'], ['tls.crt', 'tls.key']],
    ['next-ca.key', ['next'], ['next-ca.crt', 'next-ca.key', 'next-ca.occasion']],
    ['next-ca.crt', ['next'], ['next-ca.crt', 'next-ca.key', 'next-ca.occasion']],
    ['retired-ca.crt', ['retired'], ['retired-ca.crt', 'retired-ca.until']],
    ['retired-ca.until', ['retired'], ['retired-ca.crt', 'retired-ca.until']],
  ])('damaged in %s: that part is as if it were not there', (key, parts, broken) => {
    const damaged = readRecord({ ...texts, [key]: 'nonsense' }, HOSTS)
    expect(Object.keys(damaged.record).toSorted()).toEqual(
      ['authority', 'leaf', 'next', 'retired'].filter((part) => !parts.includes(part)),
    )
    expect(damaged.broken.toSorted()).toEqual(broken.toSorted())
  })

  test('with one of several old CAs damaged: none of them is known', () => {
    const damaged = `${texts['retired-ca.crt']}-----BEGIN CERTIFICATE-----\nhalf`
    expect(readRecord({ ...texts, 'retired-ca.crt': damaged }, HOSTS).record.retired).toBeUndefined()
  })

  test('with another key than that of the CA: it is known, but cannot sign', () => {
    const { record: read } = readRecord({ ...texts, 'ca.key': texts['next-ca.key'] ?? '' }, HOSTS)
    expect(read.authority).toMatchObject({ certPem: record.authority?.certPem })
    expect(read.authority?.keyPem).toBeUndefined()
    expect(read.leaf).toEqual(record.leaf)
  })

  test('a leaf that another CA signed is none', () => {
    const { record: read } = readRecord(
      { ...texts, 'ca.crt': texts['next-ca.crt'] ?? '', 'ca.key': texts['next-ca.key'] ?? '' },
      HOSTS,
    )
    expect(read.leaf).toBeUndefined()
  })

  test('a leaf without one of the names is told as such', () => {
    expect(readRecord(texts, [...HOSTS, 'other.shop.svc']).record.leaf?.hasAllHosts).toBe(false)
  })

  test('a serving certificate in the place of the CA is none', () => {
    expect(readRecord({ 'ca.crt': texts['tls.crt'] ?? '' }, HOSTS).record).toEqual({})
  })
})
