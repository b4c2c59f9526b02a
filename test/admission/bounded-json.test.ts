import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { JsonMeter, type JsonBounds, type JsonExcess } from '../../src/admission/bounded-json.ts'
import { PATIENT } from './patience.ts'

vi.setConfig(PATIENT)

const ROOM: JsonBounds = { depth: 1000, tokens: 1000 }

function measure(chunks: readonly Uint8Array[], bounds: JsonBounds): JsonExcess | undefined {
  const meter = new JsonMeter(bounds)
  for (const chunk of chunks) {
    const excess = meter.measure(chunk)
    if (excess !== undefined) return excess
  }
  return undefined
}

const measureText = (text: string, bounds: JsonBounds) => measure([Buffer.from(text)], bounds)

/** What the meter should find, counted on the parsed value instead of the bytes. */
function countNaively(value: unknown): JsonBounds {
  if (typeof value !== 'object' || value === null) return { depth: 0, tokens: 0 }
  const inner = Object.values(value).map(countNaively)
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    tokens: 1 + Math.max(0, inner.length - 1) + inner.reduce((sum, { tokens }) => sum + tokens, 0),
  }
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...cuts, bytes.length].map((end, index) => bytes.subarray(cuts[index - 1] ?? 0, end))
}

describe('a JSON text is measured before it is parsed', () => {
  test.each<[string, JsonBounds, JsonExcess | undefined]>([
    ['[[[]]]', { depth: 3, tokens: 1000 }, undefined],
    ['[[[[]]]]', { depth: 3, tokens: 1000 }, 'TooDeep'],
    ['{"a":{"b":[{}]}}', { depth: 3, tokens: 1000 }, 'TooDeep'],
    ['[[],[],[]]', { depth: 2, tokens: 6 }, undefined],
    ['[[],[],[]]', { depth: 2, tokens: 5 }, 'TooComplex'],
    ['[1,2,3]', { depth: 1, tokens: 3 }, undefined],
    ['{"a":1,"b":2}', { depth: 1, tokens: 1 }, 'TooComplex'],
  ])('%s within %o: %s', (text, bounds, expected) => {
    expect(measureText(text, bounds)).toBe(expected)
  })

  test.each([
    ['brackets inside a string', String.raw`{"a":"[[[[{{{{,,,,"}`],
    ['an escaped quote', String.raw`{"a":"\"[[[[,,,,"}`],
    ['an escaped backslash before the closing quote', String.raw`{"a":"\\"}`],
    ['an escaped backslash and an escaped quote', String.raw`{"a":"\\\"[[[[,,,,"}`],
    ['a unicode escape of a quote', String.raw`{"a":"\u0022[[[["}`],
    ['letters of several bytes', '{"ключ":"значение €𝄞"}'],
  ])('%s counts for nothing', (_name, text) => {
    expect(measureText(text, { depth: 1, tokens: 1 })).toBeUndefined()
  })

  test('what follows an escaped backslash is outside of the string again', () => {
    expect(measureText(String.raw`["\\",[]]`, { depth: 1, tokens: 1000 })).toBe('TooDeep')
  })

  test('a string that never ends hides what follows, as it does from the parser', () => {
    expect(measureText(`"${'['.repeat(50)}`, { depth: 1, tokens: 1 })).toBeUndefined()
  })

  test('a chunk may end at any byte', () => {
    const bytes = Buffer.from(String.raw`{"a\"[":["\\",{"é€𝄞":[[1,2],"]}\\\""]}],"b":{"c":{}}}`)
    const counted = countNaively(JSON.parse(bytes.toString()))
    const tight = [
      { ...counted, expected: undefined },
      { ...counted, depth: counted.depth - 1, expected: 'TooDeep' },
      { ...counted, tokens: counted.tokens - 1, expected: 'TooComplex' },
    ]
    for (const { expected, ...bounds } of tight) {
      for (let first = 0; first <= bytes.length; first++) {
        for (let second = first; second <= bytes.length; second++) {
          expect(measure(cutAt(bytes, [first, second]), bounds), `cut at ${first} and ${second}`).toBe(
            expected,
          )
        }
      }
      expect(
        measure(
          [...bytes].map((byte) => Uint8Array.of(byte)),
          bounds,
        ),
      ).toBe(expected)
    }
  })

  test('agrees with a count of the parsed value, however the text is cut', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.constantFrom(undefined, 2),
        (value, places, indent) => {
          const chunks = cutAt(Buffer.from(JSON.stringify(value, undefined, indent)), places)
          const { depth, tokens } = countNaively(value)
          expect(measure(chunks, { depth, tokens })).toBeUndefined()
          if (depth > 0) expect(measure(chunks, { depth: depth - 1, tokens })).toBe('TooDeep')
          if (tokens > 0) expect(measure(chunks, { depth, tokens: tokens - 1 })).toBe('TooComplex')
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a million levels are refused within their first chunk', () => {
    expect(measureText('['.repeat(1_000_000), ROOM)).toBe('TooDeep')
  })
})
