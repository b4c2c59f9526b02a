import * as fc from 'fast-check'
import { LineCounter, parseDocument } from 'yaml'
import { expect, test } from 'vitest'
import { fieldLines } from '../../src/state/field-lines.ts'

const COUNT = 6
const lines = new LineCounter()
const text = `head: 1\nitems:\n${Array.from({ length: COUNT }, () => '- a: 1\n  b: [1,\n    2]\n').join('')}tail: 2\n`
const document = parseDocument(text, { lineCounter: lines })

const OPTIONS = {
  lineAt: (offset: number) => lines.linePos(offset).line,
  onTwice: () => {
    throw new Error('a key stands twice')
  },
}

test('the line of an entry of a list is the same in whatever order entries are asked for', () => {
  const asked = fc.array(fc.nat({ max: COUNT + 1 }), { minLength: 1 })
  fc.assert(
    fc.property(asked, (indices) => {
      const lineOf = fieldLines(document.contents, OPTIONS)
      for (const index of indices) {
        const expected = index < COUNT ? 3 + 3 * index : 2
        expect(lineOf(['items', index])).toBe(expected)
        expect(lineOf(['items', index, 'b'])).toBe(index < COUNT ? expected + 1 : 2)
        expect(lineOf(['items', index, 'b', 1])).toBe(index < COUNT ? expected + 2 : 2)
        expect(lineOf(['tail'])).toBe(3 + 3 * COUNT)
      }
    }),
  )
})
