import type { DifferenceLine } from './difference.ts'

/** How much of what two lines have in common stands around their difference. */
const AROUND = 24

/** Where a line was replaced by another, both without the long parts that they have in common. */
export function shortenPairs(lines: readonly DifferenceLine[]): DifferenceLine[] {
  const short = [...lines]
  for (let start = 0; start < lines.length;) {
    const wanted = run(lines, start, '-')
    const got = run(lines, start + wanted, '+')
    const pairs = Math.min(wanted, got)
    for (let index = start; index < start + pairs; index++) {
      const other = index + wanted
      const [before, after] = shortened(lines[index]?.text ?? '', lines[other]?.text ?? '')
      short[index] = { sign: '-', text: before }
      short[other] = { sign: '+', text: after }
    }
    start += Math.max(wanted + got, 1)
  }
  return short
}

function run(lines: readonly DifferenceLine[], from: number, sign: DifferenceLine['sign']): number {
  let end = from
  while (lines[end]?.sign === sign) end++
  return end - from
}

/** An operation keeps its beginning, which tells where it works. */
function shortened(a: string, b: string): readonly [string, string] {
  const most = Math.min(a.length, b.length)
  let head = 0
  while (head < most && a[head] === b[head]) head++
  let tail = 0
  while (tail < most - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const value = a.indexOf(VALUE)
  const kept = value >= 0 && value + VALUE.length <= head ? value + VALUE.length : 0
  const shorten = (text: string): string => {
    const from = head - AROUND > kept ? head - AROUND : kept
    const to = tail > AROUND ? text.length - tail + AROUND : text.length
    return `${text.slice(0, kept)}${from > kept ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`
  }
  return [shorten(a), shorten(b)]
}

const VALUE = '"value":'
