import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isOlder } from '../../src/kube/resource-version.ts'

test.each([
  ['9', '10', true],
  ['10', '9', false],
  ['10', '10', false],
  ['9007199254740993', '9007199254740994', true],
  ['99999999999999999999', '100000000000000000000', true],
])('%s before %s: %s', (a, b, older) => expect(isOlder(a, b)).toBe(older))

test.each([
  ['', '5'],
  ['abc', '5'],
  ['5', 'abc'],
  ['-1', '5'],
  ['04', '5'],
  ['1.0', '5'],
])('%j and %j cannot be compared, and an unknown order accuses nobody', (a, b) =>
  expect(isOlder(a, b)).toBe(false),
)

test('orders like the numbers', () => {
  const version = fc.bigInt({ min: 1n, max: 2n ** 64n })
  fc.assert(fc.property(version, version, (a, b) => isOlder(String(a), String(b)) === a < b))
})
