import type { ReviewedAll } from './gate.ts'
import type { Incomplete } from './result.ts'
import type { Reviewed } from './review-manifest.ts'

/** What could not be judged, for those who read the document. */
export function incompleteOf({ reviewed, unanswered }: ReviewedAll): Incomplete[] {
  return [
    ...unanswered.map(({ source, object, why }): Incomplete => ({
      source,
      object,
      policy: '',
      rule: '',
      why,
    })),
    ...reviewed.flatMap(({ item: { source, object }, unknown }: Reviewed) =>
      unknown.map(({ policy, rule, why }): Incomplete => ({ source, object, policy, rule: rule ?? '', why })),
    ),
  ]
}
