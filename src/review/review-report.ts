import type { Action } from '../core/rules.ts'
import type { ReportEntry, ReportProblem } from '../report/report.ts'
import type { ReviewFinding, ReviewItem } from './result.ts'
import { verdictOf, type Reviewed } from './review-manifest.ts'
import { podDifference } from './pod-difference.ts'

/** One reviewed object as an entry of a report. */
export function reportOne(reviewed: Reviewed): ReportEntry {
  const { item, before, after, unknown } = reviewed
  const { source, object } = item
  const difference = before === undefined || after === undefined ? '' : podDifference(before, after)
  return {
    group: source.file,
    name: nameOf(item),
    source,
    outcome: unknown.length > 0 && item.allowed ? 'error' : outcomeOf(item),
    summary: verdictOf(reviewed),
    problems: item.findings.map(reportFinding),
    object,
    detail: difference === '' ? undefined : difference,
  }
}

const LEVEL: Readonly<Record<Action, ReportProblem['level']>> = {
  Deny: 'error',
  Warn: 'warning',
  Audit: 'note',
}

export function reportFinding({
  rule,
  action,
  severity,
  policy,
  message,
  cure,
  field,
  exception,
  source,
}: ReviewFinding): ReportProblem {
  return { rule, level: LEVEL[action], severity, policy, message, cure, field, exception, source }
}

function outcomeOf({ allowed, matched }: ReviewItem): ReportEntry['outcome'] {
  if (!allowed) return 'failed'
  return matched ? 'passed' : 'skipped'
}

function nameOf({ object: { kind, namespace, name } }: ReviewItem): string {
  return `${kind} ${namespace}/${name}`
}
