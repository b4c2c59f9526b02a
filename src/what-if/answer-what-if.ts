import type { Answer } from '../report/answer.ts'
import type { ExitCode } from '../report/report.ts'
import { failsAt, hides, idleNotes, makeWhatIfResult, type Gate, type WhatIf } from './result.ts'
import { unknownNotes } from './unknown-notes.ts'
import { reportChange, reportUnchanged } from './what-if-report.ts'
import { whatIfText } from './what-if-text.ts'

/** What `what-if` has to say. */
export function answerWhatIf(
  whatIf: WhatIf,
  { gate, exitCode }: { readonly gate: Gate; readonly exitCode: ExitCode },
): Answer {
  return {
    text: (options) => whatIfText(whatIf, options),
    document: () => makeWhatIfResult(whatIf),
    report: () => ({
      command: 'what-if',
      exitCode,
      entries: [
        ...whatIf.changes.map((one) => reportChange(one, gate)),
        ...whatIf.unchanged.map((one) => reportUnchanged(one, gate)),
      ],
      // an entry that is unknown says so itself
      notes: [
        ...unknownNotes({
          changes: whatIf.changes.filter((one) => failsAt(gate, one) || !hides(one, gate)),
          unchanged: whatIf.unchanged.filter((one) => !hides(one, gate)),
          missing: [],
        }),
        ...idleNotes(whatIf),
      ],
      troubles: whatIf.missing.map((sentence) => ({ message: `incomplete: ${sentence}` })),
    }),
  }
}
