import type { Action } from '../core/rules.ts'
import type { Style } from './paint.ts'
import type { ReportProblem } from './report.ts'

/** How an action looks on a terminal. */
export const ACTION_STYLE: Readonly<Record<Action, Style>> = { Deny: 'red', Warn: 'yellow', Audit: 'dim' }

/** What an action is to other tools, where the run does not fail by less. */
export const ACTION_LEVEL: Readonly<Record<Action, ReportProblem['level']>> = {
  Deny: 'error',
  Warn: 'warning',
  Audit: 'note',
}
