import type { Answer } from '../report/answer.ts'
import type { ReportEntry } from '../report/report.ts'
import { describe, type Manifest } from '../state/manifest.ts'
import { makeResult } from './result.ts'
import { reportOne } from './review-report.ts'
import { renderText } from './review-text.ts'
import type { Reviewed } from './review-manifest.ts'

/** An object of which no decision can be made, as a cluster does not tell what one needs. */
export interface Unanswered {
  readonly manifest: Manifest
  readonly why: string
}

export interface ReviewedAll {
  readonly reviewed: readonly Reviewed[]
  readonly unanswered: readonly Unanswered[]
  /** sentences about what is unknown */
  readonly notes: readonly string[]
}

/** What `review` has to say of all objects. */
export function answerReview(
  { reviewed, unanswered, notes }: ReviewedAll,
  { verbose }: { readonly verbose: boolean },
): Answer {
  const result = makeResult(reviewed.map(({ item }) => item))
  return {
    text: ({ colour }) => renderText(reviewed, result, { colour, verbose }),
    document: () => result,
    report: () => ({
      command: 'review',
      entries: [...reviewed.map(reportOne), ...unanswered.map(reportUnanswered)],
      notes,
    }),
    patches: () => result.items.map(({ patch }) => patch),
  }
}

function reportUnanswered({ manifest, why }: Unanswered): ReportEntry {
  const { source, apiVersion, kind, namespace, name } = manifest
  return {
    group: source.file,
    name: describe(manifest),
    source,
    outcome: 'error',
    summary: `unknown: ${why}`,
    problems: [],
    object: { apiVersion, kind, namespace, name },
  }
}
