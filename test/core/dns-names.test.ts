import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAppId, isDataKey, isDnsLabel, isDnsSubdomain } from '../../src/core/dns-names.ts'

/** RFC 1123 by the letter: each character looked at by itself. */
function isLabelOf(longest: number, text: string): boolean {
  const characters = text.split('')
  const alphanumeric = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return (
    characters.length >= 1 &&
    characters.length <= longest &&
    characters.every((character) => character === '-' || alphanumeric.includes(character)) &&
    alphanumeric.includes(characters[0] ?? '-') &&
    alphanumeric.includes(characters.at(-1) ?? '-')
  )
}

const nearlyName = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('a', 'z', '0', '9', '-', '.', 'A', '_', ' ', '\n'), maxLength: 70 }),
  fc.string({ unit: fc.constantFrom('a', '1', '-'), minLength: 55, maxLength: 66 }),
)

test('an app-id is an RFC 1123 label of at most 58 characters, so that <appId>-dapr is one of at most 63', () => {
  fc.assert(
    fc.property(nearlyName, (text) => {
      expect(isAppId(text)).toBe(isLabelOf(58, text))
      if (isAppId(text)) expect(isDnsLabel(`${text}-dapr`)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('a label has at most 63 characters', () => {
  fc.assert(
    fc.property(nearlyName, (text) => {
      expect(isDnsLabel(text)).toBe(isLabelOf(63, text))
    }),
    { numRuns: 2000 },
  )
})

test('a subdomain is labels of any length with dots between, at most 253 characters in all', () => {
  fc.assert(
    fc.property(nearlyName, (text) => {
      const labels = text.split('.').every((label) => isLabelOf(253, label))
      expect(isDnsSubdomain(text)).toBe(labels && text.length <= 253)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  [253, true],
  [254, false],
])('a subdomain of %i characters: %s', (length, valid) => {
  expect(isDnsSubdomain('a'.repeat(length))).toBe(valid)
})

describe('the key of a Secret', () => {
  test.each(['token', 'TOKEN', 'api_token', 'dapr-api-token', '.token', '...', 'a'.repeat(253)])(
    '%s',
    (key) => {
      expect(isDataKey(key)).toBe(true)
    },
  )

  test.each(['', '.', '..', 'a/b', 'a b', 'a\n', 'tök', 'a'.repeat(254)])('is not %j', (key) => {
    expect(isDataKey(key)).toBe(false)
  })
})
