import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { objectOr, selects } from '../../src/core/cluster-facts.ts'

/** Kubernetes' rule in its plainest form: every pair of the selector is among the labels; none selects nothing. */
function selectsByPairs(selector: Record<string, string>, labels: Record<string, string>): boolean {
  const pairs = Object.entries(labels).map((pair) => JSON.stringify(pair))
  const wanted = Object.entries(selector).map((pair) => JSON.stringify(pair))
  return wanted.length > 0 && wanted.every((pair) => pairs.includes(pair))
}

describe('a selector', () => {
  const key = fc.constantFrom('app', 'tier', 'a=b', '__proto__', 'constructor', 'toString')
  const value = fc.constantFrom('', 'web', 'db', 'b')
  const map = fc.dictionary(key, value, { maxKeys: 4 })

  test('selects as Kubernetes does', () => {
    fc.assert(
      fc.property(map, map, (selector, labels) => {
        expect(selects(selector, labels)).toBe(selectsByPairs(selector, labels))
      }),
      { numRuns: 2000 },
    )
  })

  test('is not taken in by names that every object has', () => {
    expect(selects({ constructor: 'x' }, {})).toBe(false)
    expect(selects(JSON.parse('{"__proto__":"x"}') as Record<string, string>, {})).toBe(false)
  })
})

test.each([
  [{ a: 1 }, { a: 1 }],
  [[1], {}],
  [null, {}],
  [undefined, {}],
  ['text', {}],
])('of %j only an object is kept: %j', (value, kept) => {
  expect(objectOr(value)).toEqual(kept)
})
