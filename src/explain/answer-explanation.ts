import type { Answer } from '../report/answer.ts'
import { answerReview } from '../review/answer-review.ts'
import type { Unanswered } from '../review/answer-each.ts'
import type { Gate } from '../review/gate.ts'
import { incompleteOf } from '../review/incomplete.ts'
import { makeResult } from '../review/result.ts'
import type { Explained } from './explain-manifest.ts'
import type { ExplainedItem, Explanation } from './explanation.ts'
import { explanationPieces, renderExplanation } from './explanation-text.ts'

export interface ExplainedAll {
  readonly explained: readonly Explained[]
  readonly unanswered: readonly Unanswered[]
}

/** What `explain` has to say of objects; for other tools it is the report of `review`. */
export function answerExplanation({ explained, unanswered }: ExplainedAll, gate: Gate): Answer {
  const reviewed = explained.map((one) => one.reviewed)
  const review = answerReview({ reviewed, unanswered }, { verbose: true, ...gate })
  return {
    ...review,
    text: ({ colour }) => renderExplanation(explained, { colour }),
    textPieces: ({ colour }) => explanationPieces(explained, { colour }),
    document: () => makeExplanation({ explained, unanswered }),
    report: () => ({ ...review.report(), command: 'explain' }),
  }
}

/** An {@link Explanation} that makes each item when its turn comes to be written. */
type WrittenExplanation = Omit<Explanation, 'items'> & {
  readonly items: readonly { readonly toJSON: () => ExplainedItem }[]
}

function makeExplanation({ explained, unanswered }: ExplainedAll): WrittenExplanation {
  const reviewed = explained.map((one) => one.reviewed)
  const { incomplete, summary } = makeResult(
    reviewed.map(({ item }) => item),
    incompleteOf({ reviewed, unanswered }),
  )
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'Explanation',
    items: explained.map((one) => ({ toJSON: () => one.item })),
    incomplete,
    summary,
  }
}
