import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { needsRenewal } from '../../src/certs/renewal.ts'

const born = new Date('2026-01-01T00:00:00Z')
const dies = new Date('2026-04-01T00:00:00Z')

test.each([
  ['2025-12-31T23:59:59Z', 'it is not valid yet'],
  ['2026-01-01T00:00:00Z', undefined],
  ['2026-03-01T23:59:59Z', undefined],
  ['2026-03-02T00:00:00Z', 'two thirds of its life are over'],
  ['2026-03-31T23:59:59Z', 'two thirds of its life are over'],
  ['2026-04-01T00:00:00Z', 'it has expired'],
])('of ninety days from the first of January, at %s: %s', (at, reason) => {
  expect(needsRenewal(born, dies, new Date(at))).toBe(reason)
})

test('a certificate in force that needs renewal goes on needing it', () => {
  const moment = fc.date({ min: born, max: new Date('2027-01-01T00:00:00Z'), noInvalidDate: true })
  fc.assert(
    fc.property(moment, moment, (one, other) => {
      const [earlier, later] = one <= other ? [one, other] : [other, one]
      if (needsRenewal(born, dies, earlier) !== undefined) {
        expect(needsRenewal(born, dies, later)).toBeDefined()
      }
    }),
  )
})
