import type { Severity } from '../core/rules.ts'
import type { Answer } from '../report/answer.ts'
import type { ExitCode, ReportEntry, ReportProblem } from '../report/report.ts'
import { GROUPS, groupOf } from './catalogue.ts'
import type { Level, Line } from './line.ts'
import { renderCheckText, type CheckResult, type CheckVerdict } from './result.ts'

/** What `check` has to say. */
export function answerCheck(
  result: CheckResult,
  verdict: CheckVerdict & { readonly exitCode: ExitCode },
): Answer {
  return {
    text: (options) => renderCheckText(result, options),
    document: () => result,
    report: () => ({
      command: 'check',
      exitCode: verdict.exitCode,
      entries: result.items.map((line) => entryOf(line, result.server, verdict)),
      notes: [],
    }),
  }
}

function entryOf(line: Line, server: string, verdict: CheckVerdict): ReportEntry {
  const { id, what } = line
  const source = { file: server, document: 1, line: 0 }
  const problem = problemOf(line, source, verdict)
  return {
    group: GROUPS[groupOf(id)],
    name: id,
    source,
    outcome: outcomeOf(line, verdict),
    summary: what,
    problems: problem === undefined ? [] : [problem],
  }
}

/** As the exit code has it. */
function outcomeOf({ level }: Line, { failOn, allowUnknown }: CheckVerdict): ReportEntry['outcome'] {
  if (level === 'unknown') return allowUnknown ? 'skipped' : 'error'
  return level === 'fail' || (level === 'warn' && failOn === 'Warn') ? 'failed' : 'passed'
}

const SEVERITY: Readonly<Record<Level, Severity>> = {
  fail: 'High',
  warn: 'Medium',
  unknown: 'Low',
  ok: 'Info',
}

function problemOf(
  { id, level, what, wanted, got, cure }: Line,
  source: ReportProblem['source'],
  { failOn }: CheckVerdict,
): ReportProblem | undefined {
  if (level === 'ok') return undefined
  const fails = level === 'fail' || (level === 'warn' && failOn === 'Warn')
  const lines = [...(wanted === '' ? [] : [`- wanted: ${wanted}`]), ...(got === '' ? [] : [`+ got: ${got}`])]
  return {
    rule: id,
    level: fails ? 'error' : level === 'warn' ? 'warning' : 'note',
    severity: SEVERITY[level],
    policy: '',
    message: what,
    cure,
    lines,
    field: '',
    source,
  }
}
