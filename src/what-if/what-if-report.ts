import type { ReportEntry, ReportProblem } from '../report/report.ts'
import type { Action } from '../core/rules.ts'
import { podDifference } from '../review/pod-difference.ts'
import type { ReviewFinding } from '../review/result.ts'
import { failsAt, type Gate, type ToldComparison, type Unchanged } from './result.ts'
import { CHANGE_WORDS, nameOf } from './words.ts'

/** One object as an entry of a report: it fails where it makes the run fail. */
export function reportChange(comparison: ToldComparison, gate: Gate): ReportEntry {
  const { source, object, change, today, proposed } = comparison
  const fails = failsAt(gate, comparison)
  const difference =
    change !== 'patchChanged' || today?.after === undefined || proposed?.after === undefined
      ? undefined
      : podDifference(today.after, proposed.after, { before: 'admitted today', after: 'as proposed' })
  return {
    group: source.file,
    name: nameOf(comparison),
    source,
    outcome: fails ? 'failed' : change === 'unknown' ? 'error' : 'passed',
    summary: summaryOf(comparison),
    problems: problemsOf(comparison, fails),
    object,
    detail: difference,
  }
}

export function reportUnchanged(one: Unchanged): ReportEntry {
  const { source, object, allowed } = one
  return {
    group: source.file,
    name: nameOf(one),
    source,
    outcome: 'passed',
    summary: allowed ? 'unchanged' : 'unchanged: refused on both sides',
    problems: [],
    object,
  }
}

function summaryOf({ change, unknown }: ToldComparison): string {
  const why = change === 'unknown' ? `: ${unknown.map((one) => one.why).join('; ')}` : ''
  return `${CHANGE_WORDS[change]}${why}`
}

function problemsOf(comparison: ToldComparison, fails: boolean): ReportProblem[] {
  const { source, findings, change } = comparison
  const told = [
    ...findings.changed.map(({ from, to }) =>
      problem(to, fails, from.action === to.action ? '' : `${from.action} -> ${to.action}: `),
    ),
    ...findings.added.map((finding) => problem(finding, fails, '')),
    ...findings.removed.map((finding) => gone(finding, fails)),
  ]
  // what fails must say why, also where no finding is another
  if (told.length > 0 || change === 'unknown' || (!fails && change !== 'patchChanged')) return told
  const message = `the pod is ${CHANGE_WORDS[change] === 'patch changed' ? 'changed in another way' : 'admitted with other warnings'} than today.`
  return [
    {
      rule: 'what-if.changed',
      level: fails ? 'error' : 'note',
      severity: 'Low',
      policy: '',
      message,
      cure: 'Look at the difference, and apply the proposal if it is meant.',
      field: '',
      source,
    },
  ]
}

const LEVEL: Readonly<Record<Action, ReportProblem['level']>> = {
  Deny: 'error',
  Warn: 'warning',
  Audit: 'note',
}

/** Of what does not fail the run nothing is an error, however grave it sounds. */
function problem(finding: ReviewFinding, fails: boolean, before: string): ReportProblem {
  const { rule, action, severity, policy, message, cure, field, source } = finding
  const level = LEVEL[action] === 'error' && !fails ? 'warning' : LEVEL[action]
  return { rule, level, severity, policy, message: `${before}${message}`, cure, field, source }
}

function gone(finding: ReviewFinding, fails: boolean): ReportProblem {
  const level = fails && finding.action !== 'Audit' ? 'error' : 'note'
  const told = problem(finding, fails, `no longer ${finding.action}: `)
  return { ...told, level, cure: 'Nothing needs to be mended; see that this is meant.' }
}
