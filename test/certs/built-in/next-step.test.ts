import { describe, expect, test } from 'vitest'
import { nextStep, type Situation } from '../../../src/certs/built-in/next-step.ts'
import { bundleOf, type AuthorityRecord } from '../../../src/certs/built-in/record.ts'
import { aLeaf, anAuthority, complete, day, NOW } from './labelled-record.ts'

const HOUR = 3_600_000
const SETTLE = 60_000
const next = { ...anAuthority('B'), occasion: 'due' as const }

function step(record: AuthorityRecord, rest: Partial<Situation> = {}) {
  return nextStep({
    record,
    broken: [],
    accepted: record,
    remembered: undefined,
    bundles: [bundleOf(record), bundleOf(record)],
    carriedMs: 10 * SETTLE,
    settleMs: SETTLE,
    asked: undefined,
    now: NOW,
    ...rest,
  })
}

describe('where nothing is due', () => {
  test('nothing is done', () => {
    expect(step(complete())).toEqual({ do: 'wait', why: 'nothing is due' })
  })

  test('a caBundle that is not as it should be is no reason to do more than write it', () => {
    expect(step(complete(), { bundles: [[], ['X']], carriedMs: undefined }).do).toBe('wait')
  })
})

describe('a leaf', () => {
  test.each([
    ['at two thirds of its life', { leaf: aLeaf('A#1', { from: -61, to: 29 }) }, 'two thirds'],
    ['that has expired', { leaf: aLeaf('A#1', { from: -95, to: -5 }) }, 'expired'],
    ['from the future', { leaf: aLeaf('A#1', { from: 1, to: 91 }) }, 'not valid yet'],
    ['without all names', { leaf: aLeaf('A#1', { hasAllHosts: false }) }, 'lacks a name'],
  ])('%s is signed anew', (_, differences, why) => {
    const told = step(complete(differences))
    expect(told.do).toBe('issue')
    expect(told.why).toContain(why)
  })

  test('before two thirds of its life stays', () => {
    expect(step(complete({ leaf: aLeaf('A#1', { from: -59, to: 31 }) })).do).toBe('wait')
  })

  test('is signed anew while a new CA is under way, too, by the one that is trusted', () => {
    const record = complete({ next, leaf: aLeaf('A#1', { from: -61, to: 29 }) })
    expect(step(record, { carriedMs: 0 })).toMatchObject({ do: 'issue' })
  })

  test('that ends with its CA is not signed again and again', () => {
    const authority = anAuthority('A', { from: -364, to: 0.02 })
    const record = { authority, next, leaf: aLeaf('A#1', { from: -1, to: 0.02 }) }
    expect(step(record, { carriedMs: 0 }).do).toBe('wait')
  })
})

describe('a new CA', () => {
  test.each([
    ['at two thirds of its life', anAuthority('A', { from: -250, to: 115 })],
    ['as it has expired', anAuthority('A', { from: -400, to: -35 })],
    ['as the clock was set back', anAuthority('A', { from: 5, to: 370 })],
  ])('is announced %s', (_, authority) => {
    expect(step(complete({ authority }))).toMatchObject({ do: 'announce', occasion: 'due' })
  })

  test('is announced when the key of the old one is lost', () => {
    const { keyPem: _, ...authority } = anAuthority('A')
    expect(step(complete({ authority }))).toMatchObject({ do: 'announce', why: 'the key of the CA was lost' })
  })

  test.each([
    ['before every caBundle has it', undefined],
    ['before it was there for the settle time', SETTLE - 1],
  ])('takes no leaf over %s', (_, carriedMs) => {
    expect(step(complete({ next }), { carriedMs }).do).toBe('wait')
  })

  test('takes over after the settle time, and the old one stays trusted as long as its leaf lasts', () => {
    const record = complete({ next })
    expect(step(record, { carriedMs: SETTLE })).toMatchObject({
      do: 'promote',
      retiredUntil: record.leaf?.notAfter,
    })
  })

  test('that somebody asked for: the old one goes as soon as replicas have had the settle time', () => {
    const record = complete({ next: { ...next, occasion: 'asked' } })
    expect(step(record, { carriedMs: SETTLE })).toMatchObject({ do: 'promote', retiredUntil: NOW })
  })

  test('waits five seconds at most while there is nothing valid to serve', () => {
    const record = complete({
      next,
      leaf: aLeaf('A#1', { from: -95, to: -5 }),
      authority: anAuthority('A', { to: -1 }),
    })
    expect(step(record, { carriedMs: 4_999 }).do).toBe('wait')
    expect(step(record, { carriedMs: 5_000 }).do).toBe('promote')
  })

  test('that ended before it took over is made again', () => {
    const late = { ...anAuthority('B', { from: -400, to: -1 }), occasion: 'due' as const }
    expect(step(complete({ next: late }))).toMatchObject({ do: 'announce' })
  })
})

describe('an old CA', () => {
  const retired = { certificates: ['O'], until: NOW }

  test('is forgotten after its time', () => {
    expect(step(complete({ retired }))).toMatchObject({ do: 'forget' })
  })

  test.each([
    ['while what it signed may be served', { ...retired, until: day(1) }, SETTLE],
    ['before replicas had the settle time, and time to believe', retired, SETTLE + 4_999],
    ['while a caBundle lacks the new one', retired, undefined],
  ])('stays trusted %s', (_, kept, carriedMs) => {
    expect(step(complete({ retired: kept }), { carriedMs }).do).toBe('wait')
  })
})

describe('a Secret that holds nothing', () => {
  test('of a fresh install: a CA is announced, and takes over as soon as it is trusted', () => {
    expect(step({}, { bundles: [[], []] })).toEqual({
      do: 'announce',
      occasion: 'due',
      why: 'the Secret holds no CA',
    })
    expect(step({ next }, { carriedMs: 0 })).toMatchObject({ do: 'promote' })
    expect(step({ next }, { carriedMs: undefined }).do).toBe('wait')
  })

  test('before the configurations were read: nobody knows yet who is trusted', () => {
    expect(step({}, { bundles: undefined, carriedMs: undefined })).toMatchObject({ do: 'wait' })
  })

  test('is restored from memory', () => {
    const remembered = complete()
    expect(step({}, { remembered, bundles: [['A'], ['A']] })).toMatchObject({
      do: 'restore',
      record: remembered,
    })
  })

  test('is restored though a caBundle was blanked, too', () => {
    expect(step({}, { remembered: complete(), bundles: [['A'], []] }).do).toBe('restore')
  })

  test('is restored with those trusted that memory does not know, as a replica may show what they signed', () => {
    const told = step({}, { remembered: complete(), bundles: [['A', 'X'], ['A']] })
    expect(told).toMatchObject({ do: 'restore', record: { retired: { certificates: ['X'] } } })
  })

  test('is not restored from a memory whom nobody trusts: a new CA beside those that are trusted', () => {
    expect(step({}, { remembered: complete(), bundles: [['X'], ['X', 'Y']] })).toEqual({
      do: 'announce',
      occasion: 'due',
      why: 'the Secret holds no CA',
      retired: { certificates: ['X', 'Y'], until: new Date(NOW.getTime() + HOUR) },
    })
  })

  test('and strangers that are trusted: the new CA takes over after five seconds', () => {
    const record = { next, retired: { certificates: ['X'], until: day(1) } }
    expect(step(record, { carriedMs: 4_999 }).do).toBe('wait')
    expect(step(record, { carriedMs: 5_000 }).do).toBe('promote')
  })
})

describe('a Secret that is damaged', () => {
  const { keyPem: _, ...keyless } = anAuthority('A')

  test.each([
    ['the leaf', { authority: anAuthority('A') }],
    ['the key of the CA', { authority: keyless, leaf: aLeaf('A#1') }],
    ['the CA', {}],
  ])('in %s is restored from memory', (__, record) => {
    expect(step(record, { remembered: complete(), bundles: [['A']] }).do).toBe('restore')
  })

  test('in the leaf is mended by a new leaf where nobody remembers', () => {
    expect(step({ authority: anAuthority('A') }).do).toBe('issue')
  })

  test('is not restored to another CA than it has', () => {
    const told = step({ authority: anAuthority('B') }, { remembered: complete(), bundles: [['A', 'B']] })
    expect(told.do).toBe('issue')
  })

  test('gets no new leaf before its CA was trusted for a while', () => {
    const record = { authority: anAuthority('A') }
    expect(step(record, { carriedMs: undefined }).do).toBe('wait')
    expect(step(record, { carriedMs: 4_999 }).do).toBe('wait')
    expect(step(record, { carriedMs: 5_000 }).do).toBe('issue')
  })

  test('in what nothing rests on is tidied up', () => {
    expect(step(complete(), { broken: ['next-ca.crt'] })).toEqual({
      do: 'restore',
      record: complete(),
      why: 'parts of the Secret cannot be used',
    })
  })

  test('in the old CA: those that are trusted stay trusted, as one of them may be it', () => {
    const told = step(complete(), { broken: ['retired-ca.crt'], bundles: [['A', 'O'], ['A']] })
    expect(told).toMatchObject({
      do: 'restore',
      record: { retired: { certificates: ['O'], until: new Date(NOW.getTime() + HOUR) } },
    })
  })
})

describe('a Secret that somebody has put back', () => {
  test.each([
    ['whole', complete()],
    ['without a leaf', { authority: anAuthority('A') }],
  ])('%s: the CA in service stays trusted, as replicas show what it signed', (_, record) => {
    const accepted = { authority: anAuthority('Y') }
    const told = step(record, { accepted, bundles: [['Y'], ['Y']] })
    expect(told).toEqual({
      do: 'restore',
      record: { ...record, retired: { certificates: ['Y'], until: new Date(NOW.getTime() + HOUR) } },
      why: 'CAs are trusted that the Secret does not know',
    })
  })

  test('with the same CA, from before the next one was announced: that one stays trusted', () => {
    const told = step(complete(), { accepted: complete({ next }), bundles: [['A', 'B'], ['A']] })
    expect(told).toMatchObject({ do: 'restore', record: { retired: { certificates: ['B'] } } })
  })

  test('and knows all that are trusted needs nothing', () => {
    expect(step(complete(), { accepted: undefined }).do).toBe('wait')
  })
})

describe('what somebody asks for', () => {
  test.each([
    ['serving', 'issue'],
    ['ca', 'announce'],
    ['everything', 'dismiss'],
  ])('%s: %s', (asked, wanted) => {
    expect(step(complete(), { asked }).do).toBe(wanted)
  })

  test('a CA while one is under way because it is due: another, as its key may have leaked, too', () => {
    expect(step(complete({ next }), { asked: 'ca' })).toMatchObject({ do: 'announce', occasion: 'asked' })
  })

  test('a CA while one is under way that was asked for is dismissed', () => {
    expect(step(complete({ next: { ...next, occasion: 'asked' } }), { asked: 'ca' })).toEqual({
      do: 'dismiss',
      why: 'a new CA is under way already',
    })
  })
})
