import { ACTION_LEVEL } from '../report/of-action.ts'
import type { ReportEntry, ReportProblem } from '../report/report.ts'
import { reaches, type Gate } from './gate.ts'
import type { ReviewFinding } from './result.ts'
import { reportedDifference } from './reported-difference.ts'
import { verdictOf, type Reviewed } from './review-manifest.ts'
import { unknownNotes } from './unknown-notes.ts'

/** One reviewed object as an entry of a report. */
export function reportOne(reviewed: Reviewed, gate: Pick<Gate, 'failOn'>): ReportEntry {
  const { item } = reviewed
  const { source, object, findings } = item
  const outcome = outcomeOf(reviewed, gate)
  return {
    group: source.file,
    name: `${object.kind} ${object.namespace}/${object.name}`,
    source,
    outcome,
    summary: outcome === 'error' ? unknownNotes(reviewed).join(' ') : verdictOf(reviewed),
    problems: findings.map((finding) => reportFinding(finding, gate)),
    object,
    // made for the formats that show it, and not kept: of many objects it would fill the memory
    get detail() {
      return differenceOf(reviewed)
    },
  }
}

function differenceOf({ before, after }: Reviewed): string | undefined {
  if (before === undefined || after === undefined) return undefined
  return reportedDifference(before, after) || undefined
}

/** As the exit code takes it: what fails the run has failed, and what may have failed it is not known. */
function outcomeOf({ item, unknown }: Reviewed, gate: Pick<Gate, 'failOn'>): ReportEntry['outcome'] {
  if (item.findings.some(({ action }) => reaches(action, gate))) return 'failed'
  if (unknown.some(({ action }) => reaches(action, gate))) return 'error'
  return item.matched ? 'passed' : 'skipped'
}

/** What fails the run is an error, however harmless it sounds. */
function reportFinding(
  { rule, action, severity, policy, message, cure, field, exception, source }: ReviewFinding,
  gate: Pick<Gate, 'failOn'>,
): ReportProblem {
  const level = reaches(action, gate) ? 'error' : ACTION_LEVEL[action]
  return { rule, level, severity, policy, message, cure, field, exception, source }
}
