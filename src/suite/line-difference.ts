import { diffArrays } from 'diff'
import type { DifferenceLine } from './difference.ts'

/** How many equal lines are shown around a difference. */
const CONTEXT = 2

/** The lines by which two lists differ, with a few around them. */
export function lineDifference(wanted: readonly string[], got: readonly string[]): DifferenceLine[] {
  const lines = diffArrays([...wanted], [...got]).flatMap(({ added, removed, value }) =>
    value.map((text): DifferenceLine => ({ sign: removed ? '-' : added ? '+' : ' ', text })),
  )
  const changed = lines.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]))
  const near = new Set(
    changed.flatMap((index) => Array.from({ length: 2 * CONTEXT + 1 }, (_, step) => index - CONTEXT + step)),
  )
  return lines.flatMap((line, index) => {
    if (near.has(index)) return [line]
    return near.has(index - 1) ? [{ sign: ' ' as const, text: '...' }] : []
  })
}
