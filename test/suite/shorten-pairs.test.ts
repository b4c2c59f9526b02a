import { expect, test } from 'vitest'
import { shortenPairs } from '../../src/suite/shorten-pairs.ts'

const shown = (...lines: readonly string[]): string[] =>
  shortenPairs(lines.map((line) => ({ sign: line.charAt(0) as '-' | '+' | ' ', text: line.slice(1) }))).map(
    ({ sign, text }) => sign + text,
  )

test('a long line is shown where it differs from what came instead, with its operation', () => {
  const operation = (container: string): string =>
    `{"op":"add","path":"/metadata/annotations/a","value":"${'x'.repeat(90)}[${container}]${'y'.repeat(90)}"}`
  expect(shown(`-${operation('web')}`, `+${operation('wob')}`)).toEqual([
    `-{"op":"add","path":"/metadata/annotations/a","value":…${'x'.repeat(22)}[web]${'y'.repeat(22)}…`,
    `+{"op":"add","path":"/metadata/annotations/a","value":…${'x'.repeat(22)}[wob]${'y'.repeat(22)}…`,
  ])
})

test('short lines, lines that nothing replaced and lines around them stay whole', () => {
  const lines = [' a', '-{"op":"add","value":1}', '+{"op":"add","value":2}', ' b', `-${'c'.repeat(99)}`]
  expect(shown(...lines)).toEqual(lines)
})

test('several lines are compared with those that came instead, in order', () => {
  const [a, b] = ['a'.repeat(80), 'b'.repeat(80)]
  expect(shown(`-${a}1`, `-${b}1`, `+${a}2`)).toEqual([
    `-…${'a'.repeat(24)}1`,
    `-${b}1`,
    `+…${'a'.repeat(24)}2`,
  ])
})
