import { expect, test } from 'vitest'
import { LineIndex } from '../../src/state/line-index.ts'

test('fields of one object are found in any order, and what is not there is where its parent is', () => {
  const index = new LineIndex(1)
  const spec = index.add('spec', 2)
  for (const [name, line] of [
    ['a', 3],
    ['b', 4],
    ['c', 6],
  ] as const) {
    const field = index.add(name, line)
    if (name === 'b') index.end(index.add('in', 5))
    index.end(field)
  }
  index.end(spec)
  const lines = (...names: string[]): number[] => names.map((name) => index.lineOf(['spec', name]))
  expect(lines('a', 'b', 'c')).toEqual([3, 4, 6])
  expect(lines('c', 'a', 'none', 'b', 'b')).toEqual([6, 3, 2, 4, 4])
  expect(index.lineOf(['spec', 'b', 'in'])).toBe(5)
  expect(index.lineOf(['spec', 'c', 'in'])).toBe(6)
})
