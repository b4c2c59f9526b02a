import { compareActions, type Action } from '../core/rules.ts'
import type { ExitCode } from '../report/report.ts'
import type { Unanswered } from './answer-each.ts'
import { exitCodeOf } from './result.ts'
import type { Reviewed } from './review-manifest.ts'

/** What makes the exit code 1 (and 3, where it is unknown), and whether there may be nothing to judge. */
export interface Gate {
  /** the weakest action that does */
  readonly failOn: Action
  readonly allowEmpty: boolean
}

/** All that was asked about. */
export interface ReviewedAll {
  readonly reviewed: readonly Reviewed[]
  readonly unanswered: readonly Unanswered[]
}

export function exitCodeOfAll({ reviewed, unanswered }: ReviewedAll, gate: Gate): ExitCode {
  const unknown = [
    ...reviewed.flatMap((one) => one.unknown.map(({ action }) => action)),
    // whether it is admitted at all
    ...unanswered.map((): Action => 'Deny'),
  ]
  return exitCodeOf({ items: reviewed.map(({ item }) => item) }, { ...gate, unknown })
}

/** Whether what has this action, or may have it, counts. */
export function reaches(action: Action, { failOn }: Pick<Gate, 'failOn'>): boolean {
  return compareActions(action, failOn) >= 0
}
