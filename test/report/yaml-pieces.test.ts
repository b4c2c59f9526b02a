import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { yamlPieces } from '../../src/report/yaml-pieces.ts'
import { NASTY } from './a-report.ts'

test('the pieces are the whole', () => {
  const texts = [
    NASTY.toWellFormed(),
    'a\n\n  b\n',
    '  lead\ntext',
    '\n',
    'x\u2028y\nz',
    '- a\n# b',
    'a\r\nb',
    '',
  ]
  const document = {
    kind: 'List',
    empty: [],
    items: [
      ...texts,
      ...texts.map((text) => ({ text, deep: { list: [text, { text }], none: null } })),
      [1, [2]],
    ],
    summary: { count: 1, undefined },
  }
  expect([...yamlPieces(document)].join('')).toBe(
    stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }),
  )
})
