import type { Report, ReportEntry } from './report.ts'

export type Counts = Readonly<Record<ReportEntry['outcome'], number>>

export function countOutcomes(entries: readonly ReportEntry[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0, error: 0 }
  for (const { outcome } of entries) counts[outcome] += 1
  return counts
}

/** `2 judged: 1 passed, 1 failed, 1 skipped`, and `2 could not be judged` where there are some. */
export function tellCounts({ entries }: Pick<Report, 'entries'>): string {
  const { passed, failed, skipped, error } = countOutcomes(entries)
  const unknown = error === 0 ? '' : `, ${error} could not be judged`
  return `${passed + failed} judged: ${passed} passed, ${failed} failed, ${skipped} skipped${unknown}`
}
