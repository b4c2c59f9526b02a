import type { Answer } from '../report/answer.ts'
import { answerReview, type Unanswered } from '../review/answer-review.ts'
import { makeResult } from '../review/result.ts'
import type { Explained } from './explain-manifest.ts'
import type { Explanation } from './explanation.ts'
import { renderExplanation } from './explanation-text.ts'

export interface ExplainedAll {
  readonly explained: readonly Explained[]
  readonly unanswered: readonly Unanswered[]
  /** sentences about what is unknown */
  readonly notes: readonly string[]
}

/** What `explain` has to say of objects; for other tools it is the report of `review`. */
export function answerExplanation({ explained, unanswered, notes }: ExplainedAll): Answer {
  const reviewed = explained.map((one) => one.reviewed)
  const review = answerReview({ reviewed, unanswered, notes }, { verbose: true })
  const explanation = makeExplanation(explained)
  return {
    ...review,
    text: ({ colour }) => renderExplanation(explanation, { colour }),
    document: () => explanation,
    report: () => ({ ...review.report(), command: 'explain' }),
  }
}

function makeExplanation(explained: readonly Explained[]): Explanation {
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'Explanation',
    items: explained.map(({ item }) => item),
    summary: makeResult(explained.map(({ reviewed }) => reviewed.item)).summary,
  }
}
