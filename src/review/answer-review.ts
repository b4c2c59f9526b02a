import type { Answer } from '../report/answer.ts'
import type { PatchOperation } from '../core/json-patch.ts'
import { nameOfUnanswered, type Unanswered } from './answer-each.ts'
import type { ReportEntry } from '../report/report.ts'
import { exitCodeOfAll, type Gate, type ReviewedAll } from './gate.ts'
import { incompleteOf } from './incomplete.ts'
import { makeResult } from './result.ts'
import { reportOne } from './review-report.ts'
import { reviewText } from './review-text.ts'
import { unknownNotes } from './unknown-notes.ts'

/** What `review` has to say of all objects. */
export function answerReview(
  all: ReviewedAll,
  { verbose, ...gate }: Gate & { readonly verbose: boolean },
): Answer {
  const { reviewed, unanswered } = all
  const result = makeResult(
    reviewed.map(({ item }) => item),
    incompleteOf(all),
  )
  return {
    text: ({ colour }) => [...reviewText(all, result, { colour, verbose })].join(''),
    textPieces: ({ colour }) => reviewText(all, result, { colour, verbose }),
    document: () => result,
    report() {
      const entries = reviewed.map((one) => reportOne(one, gate))
      return {
        command: 'review',
        exitCode: exitCodeOfAll(all, gate),
        entries: [...entries, ...unanswered.map(reportUnanswered)],
        // an entry that is unknown says so itself
        notes: reviewed.flatMap((one, index) =>
          entries[index]?.outcome === 'error' ? [] : unknownNotes(one),
        ),
      }
    },
    patches: () => patchesOf(all),
  }
}

/** In the order of the objects: `null` for one of which nobody knows what would be changed. */
function patchesOf({ reviewed, unanswered }: ReviewedAll): (readonly PatchOperation[] | null)[] {
  const patches: (readonly PatchOperation[] | null)[] = []
  let told = 0
  for (const { position } of unanswered) {
    for (; told < position; told++) patches.push(reviewed[told]?.item.patch ?? null)
    patches.push(null)
  }
  return [...patches, ...reviewed.slice(told).map(({ item }) => item.patch)]
}

function reportUnanswered(one: Unanswered): ReportEntry {
  const { source, object, why } = one
  return {
    group: source.file,
    name: nameOfUnanswered(one),
    source,
    outcome: 'error',
    summary: `unknown: ${why}`,
    problems: [],
    object,
  }
}
