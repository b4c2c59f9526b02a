import { EARNED_LABELS } from '../core/vocabulary.ts'

/** A list of strings in CEL, none of which may hold a quote. */
export function celList(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(', ')}]`
}

/** The labels that only we set. */
export const OURS = celList(EARNED_LABELS)

/** One of `matchConditions`; all of them must hold. */
export interface MatchCondition {
  readonly name: string
  readonly expression: string
}
