import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timeLimit } from '../../src/admission/deadline.ts'

const MOST = 4500

describe('the time for one review', () => {
  test.each([
    ['5s', 4500],
    ['3s', 2500],
    ['1s', 500],
    ['1.5s', 1000],
    ['2s500ms', 2000],
    ['1500ms', 1000],
  ])('?timeout=%s leaves half a second for the way back: %d ms', (timeout, milliseconds) => {
    expect(timeLimit(timeout, MOST)).toBe(milliseconds)
  })

  test.each(['10s', '30s', '1m0s', '1m30s'])(
    '?timeout=%s is no reason to take longer than we allow',
    (timeout) => {
      expect(timeLimit(timeout, MOST)).toBe(MOST)
    },
  )

  test.each(['0s', '100ms', '500ms', '599ms'])('?timeout=%s still leaves a moment to answer', (timeout) => {
    expect(timeLimit(timeout, MOST)).toBe(100)
  })

  test.each([
    '',
    'undefined',
    'soon',
    '5',
    '-5s',
    '+5s',
    ' 5s',
    '5s ',
    '5 s',
    '1s,2s',
    '1s1s',
    's',
    '1e3s',
    '1h0m0s',
    '5µs',
    '5S',
  ])('what is no duration of the API server counts as nothing said: %j', (timeout) => {
    expect(timeLimit(timeout, MOST)).toBe(MOST)
  })

  test('any text at all gives a time between a moment and what we allow', () => {
    const durations = fc.stringMatching(/^(\d{1,4}m)?(\d{1,4}(\.\d{1,3})?s)?(\d{1,6}ms)?$/)
    fc.assert(
      fc.property(fc.oneof(durations, fc.string()), (timeout) => {
        const limit = timeLimit(timeout, MOST)
        expect(limit).toBeGreaterThanOrEqual(100)
        expect(limit).toBeLessThanOrEqual(MOST)
      }),
    )
  })

  test('a hostile text is read in no time', () => {
    expect(timeLimit(`${'1'.repeat(100_000)}x`, MOST)).toBe(MOST)
  })
})
