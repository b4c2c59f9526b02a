import type { ManifestError, Source } from '../state/manifest.ts'
import type { SuiteProblem } from './suite.ts'

/** An error of reading as a problem: its message says where it is, which then need not be told twice. */
export function tellError({ message }: ManifestError, fallback: Source): SuiteProblem {
  const [, file, line, told] = /^([^\n]+?):(\d+): ([^]*)$/.exec(message) ?? []
  if (file === undefined || told === undefined) return { source: fallback, message, fails: false }
  return { source: { file, document: fallback.document, line: Number(line) }, message: told, fails: false }
}
