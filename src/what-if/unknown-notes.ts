import { few } from '../core/few.ts'
import type { WhatIf } from './result.ts'
import { nameOf } from './words.ts'

/**
 * What is not known, each thing once with those whom it concerns: a right that lacks is not told a thousand times.
 */
export function unknownNotes({
  changes,
  unchanged,
  missing,
}: Pick<WhatIf, 'changes' | 'unchanged' | 'missing'>): string[] {
  const concerned = new Map<
    string,
    { readonly what: string; readonly why: string; readonly names: string[] }
  >()
  for (const one of [...changes, ...unchanged]) {
    for (const { what, why } of one.unknown) {
      const key = `${what}\0${why}`
      const there = concerned.get(key) ?? { what, why, names: [] }
      concerned.set(key, there)
      there.names.push(nameOf(one))
    }
  }
  return [
    ...missing.map((sentence) => `incomplete: ${sentence}`),
    ...[...concerned.values()].map(({ what, why, names }) => `unknown: ${what} ${few(names)}: ${why}.`),
  ]
}
