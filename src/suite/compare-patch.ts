import { isDeepStrictEqual } from 'node:util'
import type { ReviewItem } from '../review/result.ts'
import type { Source } from '../state/manifest.ts'
import type { Difference, DifferenceLine } from './difference.ts'
import { lineDifference } from './line-difference.ts'
import type { Expectation } from './schema.ts'
import { shortenPairs } from './shorten-pairs.ts'

/** The exact patch that a test expects, or why there is none to compare with. */
export type ExpectedPatch =
  | { readonly kind: 'none' }
  /** whatever it is, it will be written */
  | { readonly kind: 'any' }
  | {
      readonly kind: 'operations'
      readonly operations: unknown
      /** the snapshot; none where the operations stand in the suite */
      readonly file: string | undefined
    }
  | { readonly kind: 'missing'; readonly file: string }

/** How the patch differs from the expected one, or why there is no patch at all. */
export function differentPatch(
  { allowed }: Expectation,
  { allowed: isAllowed, patch: got }: ReviewItem,
  {
    patch: expected,
    refusal,
    source,
  }: {
    readonly patch: ExpectedPatch
    readonly refusal: readonly DifferenceLine[]
    readonly source: Source
  },
): Difference[] {
  const difference = (message: string, lines: readonly DifferenceLine[]): Difference[] => [
    { field: 'patch', message, lines, source },
  ]
  if (expected.kind === 'none') return []
  if (expected.kind === 'operations' && isDeepStrictEqual(expected.operations, plainJson(got))) return []
  if (!isAllowed && allowed !== false) {
    return difference('the pod is refused, so there is no patch', refusal)
  }
  switch (expected.kind) {
    case 'any':
      return []
    case 'missing':
      return difference(`no such snapshot: ${expected.file}`, [
        { sign: ' ', text: 'dapr-shared test -u writes it.' },
      ])
    case 'operations': {
      const { file, operations } = expected
      const cure =
        file === undefined ? [] : [{ sign: ' ' as const, text: `If that is meant: dapr-shared test -u` }]
      const from = file === undefined ? '' : ` from ${file}`
      if (got.length === 0) return difference(`the patch differs${from}: the pod is left as it is`, cure)
      const lines = shortenPairs(lineDifference(operationLines(operations), operationLines(got)))
      return difference(`the patch differs${from}`, [...lines, ...cure])
    }
  }
}

/** One operation a line, as it is told apart from another. */
function operationLines(operations: unknown): string[] {
  return Array.isArray(operations)
    ? operations.map((operation) => JSON.stringify(operation))
    : [JSON.stringify(operations)]
}

function plainJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}
