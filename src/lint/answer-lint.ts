import type { Severity } from '../core/rules.ts'
import type { Answer } from '../report/answer.ts'
import type { ExitCode, ReportEntry, ReportProblem } from '../report/report.ts'
import { describe } from '../state/manifest.ts'
import { isAtLeast, type LintSeverity } from './checks.ts'
import type { JudgedObject, LintAnswer } from './lint.ts'
import type { LintFinding } from './problem.ts'
import { makeLintResult, renderLintText } from './result.ts'

/** What makes the run fail, and what it came to. */
export interface LintVerdict {
  readonly failOn: LintSeverity
  readonly exitCode: ExitCode
}

/** What `lint` has to say. */
export function answerLint(
  answer: LintAnswer,
  notes: readonly string[],
  { failOn, exitCode }: LintVerdict,
): Answer {
  const result = makeLintResult(answer)
  return {
    text: () => renderLintText(result),
    document: () => result,
    report: () => ({ command: 'lint', exitCode, entries: entriesOf(answer, failOn), notes }),
  }
}

/** An entry for each object, also for one that has nothing wrong with it; and for one that only a finding names. */
function entriesOf({ objects, findings }: LintAnswer, failOn: LintSeverity): ReportEntry[] {
  const bySubject = Map.groupBy(findings, subjectOf)
  const judged = new Map<string, JudgedObject>()
  for (const one of [...objects, ...findings]) {
    const subject = subjectOf(one)
    if (!judged.has(subject)) judged.set(subject, one)
  }
  return [...judged].map(([subject, one]) => entryOf(one, bySubject.get(subject) ?? [], failOn))
}

function subjectOf({ object, source: { file, document } }: JudgedObject): string {
  const { apiVersion, kind, namespace, name } = object
  return JSON.stringify([file, document, apiVersion, kind, namespace, name])
}

function entryOf(
  { object, source }: JudgedObject,
  findings: readonly LintFinding[],
  failOn: LintSeverity,
): ReportEntry {
  const problems = findings.map((finding) => problemOf(finding, failOn))
  const isWrong = problems.some(({ level }) => level === 'error')
  return {
    group: source.file,
    name: describe(object),
    source,
    outcome: isWrong ? 'failed' : 'passed',
    summary: problems.length === 0 ? 'nothing is wrong' : problems.map(({ rule }) => rule).join(', '),
    problems,
    object,
  }
}

const LEVEL: Readonly<Record<LintSeverity, ReportProblem['level']>> = {
  Error: 'error',
  Warning: 'warning',
  Info: 'note',
}
const SEVERITY: Readonly<Record<LintSeverity, Severity>> = { Error: 'High', Warning: 'Medium', Info: 'Info' }

/** What fails the run is an error, however harmless it sounds. */
function problemOf(
  { check, severity, message, cure, field, source }: LintFinding,
  failOn: LintSeverity,
): ReportProblem {
  return {
    rule: check,
    level: isAtLeast(severity, failOn) ? 'error' : LEVEL[severity],
    severity: SEVERITY[severity],
    policy: '',
    message,
    cure,
    field,
    source,
  }
}
