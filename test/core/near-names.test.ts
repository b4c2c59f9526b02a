import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearestName, nearNames } from '../../src/core/near-names.ts'

describe('near names', () => {
  test.each([
    ['a letter less', 'ordrs', ['orders'], ['orders']],
    ['a letter more', 'orderss', ['orders'], ['orders']],
    ['two letters swapped', 'oredrs', ['orders'], ['orders']],
    ['another letter', 'ordexs', ['orders'], ['orders']],
    ['three edits are too many', 'oxxxrs', ['orders'], []],
    ['a short name has one edit only', 'cart', ['carbs', 'cats', 'care', 'part'], ['care', 'part']],
    ['a part before a dash', 'orders', ['orders-api', 'ordersapi2'], ['orders-api']],
    ['a part after a dash', 'orders', ['eu-orders'], ['eu-orders']],
    ['the whole of which it is a part', 'orders-api', ['orders'], ['orders']],
    ['a part of two letters is none', 'ab', ['ab-orders'], []],
    ['a part in the middle is none', 'api', ['my-api-gateway'], []],
    ['nothing', 'orders', [], []],
  ])('%s', (_, wanted, names, near) => {
    expect(nearNames(wanted, names)).toEqual(near)
  })

  test('the nearest come first, equally near ones by name', () => {
    expect(nearNames('orders', ['orders-api', 'odrers', 'border', 'order'])).toEqual([
      'order',
      'border',
      'odrers',
    ])
  })

  test('three at the most', () => {
    expect(nearNames('orders', ['orders1', 'orders2', 'orders3', 'orders4'])).toHaveLength(3)
  })

  test('a name itself is nearest to itself', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z-]{1,20}$/),
        fc.array(fc.stringMatching(/^[a-z-]{1,20}$/)),
        (name, others) => {
          expect(nearNames(name, [...others, name])[0]).toBe(name)
        },
      ),
    )
  })

  test('distance is that of the definition', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 5, maxLength: 9 })
    fc.assert(
      fc.property(word, word, (wanted, name) => {
        expect(nearNames(wanted, [name])).toEqual(distance(wanted, name) <= 2 ? [name] : [])
      }),
      { numRuns: 500 },
    )
  })
})

describe('the nearest name', () => {
  test.each([
    ['dapr.io/shared-stategy', 'dapr.io/shared-strategy'],
    ['dapr.io/shared-name', 'dapr.io/shared-namespace'],
    ['', 'dapr.io/shared'],
  ])('of %j is %s', (wanted, nearest) => {
    expect(
      nearestName(wanted, ['dapr.io/shared-namespace', 'dapr.io/shared-strategy', 'dapr.io/shared']),
    ).toBe(nearest)
  })

  test('of a megabyte is found by how it begins', () => {
    expect(nearestName(`dapr.io/shared-${'x'.repeat(1_000_000)}`, ['dapr.io/shared-status'])).toBe(
      'dapr.io/shared-status',
    )
  })
})

/** Levenshtein's recursion, as it is defined. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  if (a[0] === b[0]) return distance(a.slice(1), b.slice(1))
  return 1 + Math.min(distance(a.slice(1), b), distance(a, b.slice(1)), distance(a.slice(1), b.slice(1)))
}
