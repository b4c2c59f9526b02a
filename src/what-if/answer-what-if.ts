import type { Answer } from '../report/answer.ts'
import { makeWhatIfResult, type Gate, type WhatIf } from './result.ts'
import { reportChange, reportUnchanged } from './what-if-report.ts'
import { whatIfText } from './what-if-text.ts'

/**
 * What `what-if` has to say.
 *
 * @param notes sentences about what is unknown
 */
export function answerWhatIf(
  whatIf: WhatIf,
  { gate, notes }: { readonly gate: Gate; readonly notes: readonly string[] },
): Answer {
  return {
    text: (options) => whatIfText(whatIf, options),
    document: () => makeWhatIfResult(whatIf),
    report: () => ({
      command: 'what-if',
      entries: [
        ...whatIf.changes.map((one) => reportChange(one, gate)),
        ...whatIf.unchanged.map(reportUnchanged),
      ],
      notes,
    }),
  }
}
