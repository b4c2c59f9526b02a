import { stringify } from 'yaml'
import { problemsOf } from './problems-of.ts'
import type { Report, ReportEntry, ReportProblem } from './report.ts'
import { casesOf } from './verdict.ts'
import { visible, visibleLine } from './visible.ts'

/** The Test Anything Protocol, version 14 (https://testanything.org/tap-version-14-specification.html). */
export function toTap(report: Report): string {
  const { notes, sections = [] } = report
  const entries = casesOf(report)
  const lines = [
    'TAP version 14',
    `1..${entries.length}${entries.length === 0 ? ' # SKIP nothing was judged' : ''}`,
    ...notes.map((note) => `# note: ${visibleLine(note)}`),
    ...sections.flatMap(({ title, lines: told }) =>
      told.map((line) => `# ${visibleLine(title)}: ${visibleLine(line)}`),
    ),
    ...entries.map((entry, index) => testPoint(entry, index + 1, report)),
  ]
  return `${lines.join('\n')}\n`
}

function testPoint(entry: ReportEntry, number: number, report: Report): string {
  const { outcome, group, name, summary } = entry
  const verdict = outcome === 'passed' || outcome === 'skipped' ? 'ok' : 'not ok'
  const skipped = outcome === 'skipped' ? ` # SKIP ${escapeDescription(summary)}` : ''
  const line = `${verdict} ${number} - ${escapeDescription(`${group}: ${name}`)}${skipped}`
  const problems = problemsOf(entry, report)
  return problems.length === 0 && verdict === 'ok' ? line : `${line}\n${diagnostics(entry, problems)}`
}

function escapeDescription(text: string): string {
  return visibleLine(text).replaceAll('\\', '\\\\').replaceAll('#', '\\#')
}

function diagnostics(
  { summary, source, milliseconds, detail }: ReportEntry,
  problems: readonly ReportProblem[],
): string {
  const told = {
    message: visible(summary),
    at: source.file === '' ? undefined : { file: visible(source.file), line: source.line },
    duration_ms: milliseconds,
    problems: problems.length === 0 ? undefined : problems.map(diagnosed),
    detail: detail === undefined ? undefined : visible(detail),
  }
  const yaml = stringify(told, { lineWidth: 0, aliasDuplicateObjects: false })
  const indented = yaml.replaceAll(/^(?=.)/gm, '  ')
  return `  ---\n${indented}  ...`
}

function diagnosed(problem: ReportProblem): object {
  const { rule, level, severity, policy, message, cure, lines = [], field, source } = problem
  return {
    rule: visible(rule),
    level,
    severity,
    policy: policy === '' ? undefined : visible(policy),
    message: visible(message),
    cure: cure === '' ? undefined : visible(cure),
    lines: lines.length === 0 ? undefined : visible(lines.join('\n')),
    field: field === '' ? undefined : visible(field),
    at: { file: visible(source.file), line: source.line },
  }
}
