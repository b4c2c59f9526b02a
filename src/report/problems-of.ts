import type { Report, ReportEntry, ReportProblem } from './report.ts'

/**
 * What is wrong with one entry. One that failed has something wrong with it, even where nobody found words for it:
 * no format may show it as fine.
 */
export function problemsOf(
  entry: ReportEntry,
  { command }: Pick<Report, 'command'>,
): readonly ReportProblem[] {
  const { problems, outcome, summary, source } = entry
  if (outcome !== 'failed' || problems.length > 0) return problems
  const rule = `${command}.failed`
  const message = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
  return [{ rule, level: 'error', severity: 'High', policy: '', message, cure: '', field: '', source }]
}

/** The sentence and the cure as one paragraph, and below it the lines that show it. */
export function tellProblem({
  message,
  cure,
  lines = [],
}: Pick<ReportProblem, 'message' | 'cure' | 'lines'>): string {
  return [cure === '' ? message : `${message} ${cure}`, ...lines].join('\n')
}
