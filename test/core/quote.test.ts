import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quote, quoteList } from '../../src/core/quote.ts'

describe('quote', () => {
  test.each([
    ['orders', '"orders"'],
    ['', '""'],
    ['a b', '"a b"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    ['back\\slash', String.raw`"back\\slash"`],
    ['new\nline', String.raw`"new\u{a}line"`],
    ['\u001b[31m', String.raw`"\u{1b}[31m"`],
    ['\u043Erders', String.raw`"\u{43e}rders"`],
    ['\u202Eorders', String.raw`"\u{202e}orders"`],
    ['caf\u00E9', String.raw`"caf\u{e9}"`],
    ['\u{1F9E1}', String.raw`"\u{1f9e1}"`],
    ['\u007F', String.raw`"\u{7f}"`],
  ])('%j is shown as %s', (text, shown) => {
    expect(quote(text)).toBe(shown)
  })

  test('64 characters are shown in full', () => {
    expect(quote('a'.repeat(64))).toBe(`"${'a'.repeat(64)}"`)
  })

  test('of a longer text the first 64, and how many there are', () => {
    expect(quote('a'.repeat(65_536))).toBe(`"${'a'.repeat(64)}..." (65536 characters)`)
  })

  test('is printable ASCII, whatever is quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(quote(text)).toMatch(/^[ -~]*$/)
      }),
    )
  })

  test('shows different texts differently, unless only their ends differ', () => {
    const short = fc.string({ unit: 'binary', maxLength: 32 })
    fc.assert(
      fc.property(short, short, (one, other) => {
        expect(quote(one) === quote(other)).toBe(one === other)
      }),
    )
  })
})

describe('quoteList', () => {
  test('shows five and counts the rest', () => {
    expect(quoteList(['a', 'b', 'c', 'd', 'e'])).toBe('"a", "b", "c", "d", "e"')
    expect(quoteList(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('"a", "b", "c", "d", "e" and 2 more')
  })

  test('shows as many as it is told to', () => {
    expect(quoteList(['a', 'b', 'c'], 2)).toBe('"a", "b" and 1 more')
  })
})
