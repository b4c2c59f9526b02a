import { createHash } from 'node:crypto'
import type { ReportEntry, ReportProblem } from './report.ts'

/**
 * What makes one problem the same as yesterday's, though lines have moved: rule, policy, file, object and field. Of several
 * that have all that in common, each gets its number.
 */
export function makeFingerprints(): (problem: ReportProblem, entry: ReportEntry) => string {
  const seen = new Map<string, number>()
  return ({ rule, policy, field }, { group, name, source, object }) => {
    const identity = JSON.stringify([rule, policy, source.file, group, name, object, field])
    const number = (seen.get(identity) ?? 0) + 1
    seen.set(identity, number)
    return `${shortHash(identity)}:${number}`
  }
}

/** 64 bits, in hexadecimal digits. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
