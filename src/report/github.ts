import { tellCounts } from './counts.ts'
import { isFile, placeOf } from './place.ts'
import { tellProblem, problemsOf } from './problems-of.ts'
import type { Report, ReportProblem } from './report.ts'
import { visible, visibleLine } from './visible.ts'

interface Annotation {
  readonly level: ReportProblem['level']
  readonly properties: Readonly<Record<string, string | number | undefined>>
  readonly message: string
}

const COMMAND: Readonly<Record<ReportProblem['level'], string>> = {
  error: 'error',
  warning: 'warning',
  note: 'notice',
}
const GRAVITY: Readonly<Record<ReportProblem['level'], number>> = { error: 0, warning: 1, note: 2 }

/**
 * Workflow commands of GitHub Actions, which make annotations of a pull request. GitHub shows ten of each level for a
 * step, so the gravest come first.
 */
export function toGithub(report: Report): string {
  const annotations = [...report.notes.map(noted), ...annotationsOf(report)]
  const lines = annotations.toSorted((a, b) => GRAVITY[a.level] - GRAVITY[b.level]).map(command)
  return [...lines, `dapr-shared ${report.command}: ${tellCounts(report)}`, ''].join('\n')
}

function annotationsOf(report: Report): Annotation[] {
  return report.entries.flatMap((entry): Annotation[] => {
    const unknown: Annotation[] =
      entry.outcome === 'error'
        ? [{ level: 'error', ...at(entry.source, `${entry.name}: not judged`, entry.summary) }]
        : []
    const problems = problemsOf(entry, report).map((problem) => ({
      level: problem.level,
      ...at(problem.source, `${entry.name}: ${problem.rule}`, tellProblem(problem)),
    }))
    return [...unknown, ...problems]
  })
}

/** An annotation without a file is one of the run: it then says itself where it belongs. */
function at(source: ReportProblem['source'], title: string, message: string): Omit<Annotation, 'level'> {
  if (!isFile(source)) return { properties: { title }, message: `${placeOf(source)}: ${message}` }
  const line = source.line === 0 ? undefined : source.line
  return { properties: { file: source.file, line, title }, message }
}

function noted(note: string): Annotation {
  return { level: 'warning', properties: { title: 'not judged' }, message: note }
}

function command({ level, properties, message }: Annotation): string {
  const written = Object.entries(properties)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${escapeProperty(String(value))}`]))
    .join(',')
  return `::${COMMAND[level]} ${written}::${escapeData(visible(message))}`
}

/** As the runner reads it: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(visibleLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
