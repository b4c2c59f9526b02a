import { passed, type Result } from './run-faults.ts'

/** Results as text: what was done, each required behaviour with what was wanted and got, figures, and a summary. */
export function reportOf(results: readonly Result[]): string {
  return [...results.map(sectionOf), summaryOf(results)].join('\n')
}

export function sectionOf(result: Result): string {
  const { id, title, notRun, recorded, seconds, error } = result
  if (notRun !== undefined) return `${id}  not run  ${title}\n     why: ${notRun}\n`
  const lines = [
    `${id}  ${passed(result) ? 'ok' : 'FAILED'}  ${title}  (${seconds.toFixed(1)} s)`,
    ...recorded.done.map((what) => `     done: ${what}`),
    ...recorded.standIns.map((what) => `     stand-in: ${what}`),
    ...recorded.observations.map(({ name, wanted, got, ok }) =>
      ok
        ? `  ok   ${name}: ${got}${wanted === got || wanted === 'yes' ? '' : ` (${wanted})`}`
        : `  NO   ${name}: wanted ${wanted}, got ${got}`,
    ),
    ...recorded.figures.map(({ name, value }) => `       ${name}: ${value}`),
    ...(error === undefined ? [] : [`  NO   it could not be carried out: ${error}`]),
  ]
  return `${lines.join('\n')}\n`
}

export function summaryOf(results: readonly Result[]): string {
  const run = results.filter(({ notRun }) => notRun === undefined)
  const failed = run.filter((result) => !passed(result))
  const seen = run.flatMap(({ recorded }) => recorded.observations)
  const standIns = run.filter(({ recorded }) => recorded.standIns.length > 0)
  const names = (some: readonly Result[]): string => some.map(({ id }) => id).join(', ') || 'none'
  return [
    `${run.length} faults, ${seen.length} required behaviours, ${seen.filter(({ ok }) => !ok).length} of them not met`,
    `failed: ${names(failed)}`,
    `with a stand-in: ${names(standIns)}`,
    `not run: ${names(results.filter(({ notRun }) => notRun !== undefined))}`,
    '',
  ].join('\n')
}
