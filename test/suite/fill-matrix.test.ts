import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { combinationsOf, countOf, fill, mentionsIn, titleOf } from '../../src/suite/fill-matrix.ts'

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean())
const matrix = fc.dictionary(
  fc.stringMatching(/^\w{1,4}$/),
  fc.array(scalar, { minLength: 0, maxLength: 4 }),
  {
    maxKeys: 4,
  },
)
const text = fc.oneof(fc.string(), fc.stringMatching(/^(\$?\$\{\w{1,4}\}|[$ {}a]){0,4}$/))
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(text, tie('any'), { maxKeys: 4 }),
  ),
})).any

describe('a matrix is total', () => {
  test('it has as many combinations as its lists multiply to, all different, each with every name', () => {
    fc.assert(
      fc.property(matrix, (names) => {
        const unique = Object.fromEntries(
          Object.entries(names).map(([name, values]) => [name, [...new Set(values)]]),
        )
        const combinations = combinationsOf(unique)
        expect(combinations).toHaveLength(countOf(unique))
        expect(new Set(combinations.map((one) => JSON.stringify([...one]))).size).toBe(combinations.length)
        for (const one of combinations) expect([...one.keys()]).toEqual(Object.keys(unique))
        for (const one of combinations) expect(typeof titleOf(one)).toBe('string')
      }),
    )
  })

  test('filling never throws, keeps the shape, and leaves no name that the matrix has', () => {
    fc.assert(
      fc.property(value, matrix, (any, names) => {
        for (const combination of combinationsOf(names).slice(0, 3)) {
          const filled = fill(any, combination)
          expect(Array.isArray(filled)).toBe(Array.isArray(any))
          // a value may look like a placeholder itself: it is not filled again
          const values = [...combination.values()].map(String).join(' ')
          if (values.includes('$') || values.includes('{')) continue
          const left = new Set([...mentionsIn(any)].map(({ name }) => name))
          if ([...left].every((name) => combination.has(name)) && !JSON.stringify(any).includes('$$')) {
            expect([...mentionsIn(filled)]).toEqual([])
          }
        }
      }),
    )
  })

  test('what has no placeholder comes out as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), matrix, (any, names) => {
        fc.pre(!JSON.stringify(any).includes('${') && !JSON.stringify(any).includes('__proto__'))
        for (const combination of combinationsOf(names).slice(0, 2))
          expect(fill(any, combination)).toEqual(any)
      }),
    )
  })

  test.each([
    ['${a}', 1, 1],
    ['${a}', true, true],
    ['x${a}', 1, 'x1'],
    ['${b}', 1, '${b}'],
    ['$${a}', 1, '${a}'],
    ['$${b}', 1, '${b}'],
    ['${a}${a}', '$&', '$&$&'],
    ['$(a)', 1, '$(a)'],
  ])('%s with a: %j is %j', (written, a, filled) => {
    expect(fill(written, new Map([['a', a]]))).toBe(filled)
  })
})
