import { visibleLine } from '../report/visible.ts'
import { unansweredNote } from './answer-each.ts'
import type { ReviewedAll } from './gate.ts'
import type { Reviewed } from './review-manifest.ts'

/** A rule that was not judged is told, so that nobody takes its silence for a yes: a sentence for each. */
export function unknownNotes({ item, unknown }: Pick<Reviewed, 'item' | 'unknown'>): string[] {
  const { kind, namespace, name } = item.object
  return unknown.map(({ policy, rule, why }) => {
    const what = rule === undefined ? `whether policy ${policy} governs` : `${rule} of policy ${policy} for`
    return `unknown: ${what} ${kind} ${namespace}/${name}: ${why}.`
  })
}

/** All that is unknown, a sentence and a line for each. */
export function allUnknownNotes({ reviewed, unanswered }: ReviewedAll): string[] {
  return [...unanswered.map(unansweredNote), ...reviewed.flatMap(unknownNotes)].map(visibleLine)
}
