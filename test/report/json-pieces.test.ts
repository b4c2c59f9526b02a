import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonPieces } from '../../src/report/json-pieces.ts'

test('pieces are whole lines, and together the document', () => {
  const value = fc.jsonValue()
  const documents = fc.oneof(fc.dictionary(fc.string(), fc.oneof(value, fc.array(value))), fc.array(value))
  fc.assert(
    fc.property(documents, (document) => {
      const pieces = [...jsonPieces(document)]
      expect(pieces.join('')).toBe(`${JSON.stringify(document, undefined, 2)}\n`)
      expect(pieces.every((piece) => piece.endsWith('\n'))).toBe(true)
    }),
  )
})

test('what is undefined is left out, and nothing in a list', () => {
  const document = { a: undefined, b: [undefined, 1], c: { d: undefined } }
  expect([...jsonPieces(document)].join('')).toBe(`${JSON.stringify(document, undefined, 2)}\n`)
})
