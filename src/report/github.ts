import { tellCounts } from './counts.ts'
import { isFile, NOWHERE, placeOf } from './place.ts'
import { tellProblem, problemsOf } from './problems-of.ts'
import type { Report, ReportProblem, ReportSection, Trouble } from './report.ts'
import { troublesOf } from './verdict.ts'
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
  const { command: name, notes, sections = [] } = report
  const annotations = [
    ...troublesOf(report).map((trouble) => troubled(trouble, name)),
    ...notes.map(noted),
    ...annotationsOf(report),
    ...sections.map(told),
  ]
  const lines = annotations.toSorted((a, b) => GRAVITY[a.level] - GRAVITY[b.level]).map(command)
  return [...lines, `dapr-shared ${name}: ${tellCounts(report)}`, ''].join('\n')
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
  if (!isFile(source)) {
    const place = placeOf(source)
    return { properties: { title }, message: place === '' ? message : `${place}: ${message}` }
  }
  const line = source.line === 0 ? undefined : source.line
  return { properties: { file: source.file, line, title }, message }
}

function troubled({ message, source = NOWHERE }: Trouble, name: string): Annotation {
  return { level: 'error', ...at(source, `dapr-shared ${name}`, message) }
}

function told({ title, lines }: ReportSection): Annotation {
  return { level: 'note', properties: { title }, message: lines.join('\n') }
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
