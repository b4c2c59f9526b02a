import { ACTION_LEVEL } from '../report/of-action.ts'
import type { ReportEntry, ReportProblem } from '../report/report.ts'
import { reportedDifference } from '../review/reported-difference.ts'
import type { ReviewFinding } from '../review/result.ts'
import { failsAt, hides, type Gate, type ToldComparison, type Unchanged } from './result.ts'
import { CHANGE_WORDS, nameOf } from './words.ts'

/** One object as an entry of a report: it fails where it makes the run fail. */
export function reportChange(comparison: ToldComparison, gate: Gate): ReportEntry {
  const { source, object, change, today, proposed } = comparison
  const fails = failsAt(gate, comparison)
  const difference =
    change !== 'patchChanged' || today?.after === undefined || proposed?.after === undefined
      ? undefined
      : reportedDifference(today.after, proposed.after, { before: 'admitted today', after: 'as proposed' })
  return {
    group: source.file,
    name: nameOf(comparison),
    source,
    outcome: fails ? 'failed' : hides(comparison, gate) ? 'error' : 'passed',
    summary: summaryOf(comparison, !fails && hides(comparison, gate)),
    problems: problemsOf(comparison, fails),
    object,
    detail: difference,
  }
}

export function reportUnchanged(one: Unchanged, gate: Gate): ReportEntry {
  const { source, object, allowed, unknown } = one
  const isUnknown = hides(one, gate)
  return {
    group: source.file,
    name: nameOf(one),
    source,
    outcome: isUnknown ? 'error' : 'passed',
    summary: isUnknown
      ? `unknown whether it changes: ${unknown.map(({ why }) => why).join('; ')}`
      : allowed
        ? 'unchanged'
        : 'unchanged: refused on both sides',
    problems: [],
    object,
  }
}

function summaryOf({ change, unknown }: ToldComparison, isUnknown: boolean): string {
  const why = isUnknown ? `: ${unknown.map((one) => one.why).join('; ')}` : ''
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
  const message = `the pod is ${change === 'patchChanged' ? 'changed in another way' : 'admitted with other warnings'} than today.`
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

/** Of what does not fail the run nothing is an error, however grave it sounds. */
function problem(finding: ReviewFinding, fails: boolean, before: string): ReportProblem {
  const { rule, action, severity, policy, message, cure, field, source } = finding
  const level = ACTION_LEVEL[action] === 'error' && !fails ? 'warning' : ACTION_LEVEL[action]
  return { rule, level, severity, policy, message: `${before}${message}`, cure, field, source }
}

function gone(finding: ReviewFinding, fails: boolean): ReportProblem {
  const level = fails && finding.action !== 'Audit' ? 'error' : 'note'
  const told = problem(finding, fails, `no longer ${finding.action}: `)
  return { ...told, level, cure: 'Nothing needs to be mended; see that this is meant.' }
}
