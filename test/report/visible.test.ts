import { describe, expect, test } from 'vitest'
import { visible, visibleLine, visiblePainted } from '../../src/report/visible.ts'

const HIDDEN = '\u0000\u001b\u007f\u0085\u061c\u200b\u200e\u2028\u202e\u2066\ufeff\ufffe\uffff\ud800'

describe.each([
  ['visible', visible],
  ['visibleLine', visibleLine],
])('%s', (_, make) => {
  test('writes what cannot be seen as escapes', () => {
    expect(make(HIDDEN)).toBe(
      String.raw`\u{0}\u{1b}\u{7f}\u{85}\u{61c}\u{200b}\u{200e}\u{2028}\u{202e}\u{2066}\u{feff}\u{fffe}\u{ffff}\u{d800}`,
    )
  })

  test('leaves letters of any language and emoji as they are', () => {
    expect(make('äöü 日本 👩‍👩‍👧 \\ %')).toBe('äöü 日本 👩‍👩‍👧 \\ %')
  })
})

test('a text keeps its lines, a line has none', () => {
  expect(visible('a\r\nb\n\tc\rd')).toBe('a\nb\n\tc\\u{d}d')
  expect(visibleLine('a\r\nb\tc')).toBe(String.raw`a\u{d}\u{a}b\u{9}c`)
})

test('on a terminal our colours stay, and nothing else that commands one', () => {
  expect(visiblePainted('\u001b[31mred\u001b[39m\nnext\tcolumn')).toBe(
    '\u001b[31mred\u001b[39m\nnext\tcolumn',
  )
  expect(visiblePainted('\u001b[2Jgone \u009b8m \u001b]0;title\u0007 \u202eback')).toBe(
    '\\u{1b}[2Jgone \\u{9b}8m \\u{1b}]0;title\\u{7} \\u{202e}back',
  )
})
