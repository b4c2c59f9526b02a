import { describe, expect, test } from 'vitest'
import { readWarnings } from '../../src/kube/warning-header.ts'

/** As Node hands headers over: each byte a character. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1')

describe('the texts of Warning headers', () => {
  test.each([
    ['none', undefined, []],
    ['one', '299 - "metadata.name: odd"', ['metadata.name: odd']],
    ['with an agent that has a name', '299 kube-apiserver "old"', ['old']],
    ['several in one header', '299 - "one", 299 - "two, and more"', ['one', 'two, and more']],
    ['in several headers', ['299 - "one"', '299 - "two"'], ['one', 'two']],
    [
      'with quotes and backslashes',
      '299 - "unknown field \\"spec.x\\" \\\\o/"',
      ['unknown field "spec.x" \\o/'],
    ],
    ['in any language', bytes('299 - "ungültig: 例"'), ['ungültig: 例']],
    ['with what looks like another', '299 - "a \\"299 - \\" b"', ['a "299 - " b']],
    ['an empty one', '299 - ""', ['']],
    ['what is none', 'nonsense "299', []],
  ])('%s', (_, header, texts) => {
    expect(readWarnings(header)).toEqual(texts)
  })

  test('a long one that never ends is read in one go', () => {
    expect(readWarnings(`299 - "${'\\'.repeat(200_001)}`)).toEqual([])
    expect(readWarnings('299 - '.repeat(50_000))).toEqual([])
  })
})
