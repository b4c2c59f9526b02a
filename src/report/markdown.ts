import { byteLength, cutText } from '../core/cut-text.ts'
import { tellCounts } from './counts.ts'
import { escapeMarkdown, fenced } from './escape-markdown.ts'
import { placeOf } from './place.ts'
import { problemsOf } from './problems-of.ts'
import type { Report, ReportEntry, ReportProblem, ReportSection } from './report.ts'
import { headingOf, troublesOf } from './verdict.ts'

/** What GitHub shows of the summary of one step, in bytes: https://docs.github.com/actions/reference/workflow-commands */
export const STEP_SUMMARY_BYTES = 1024 * 1024

/** One part that stands or falls as a whole: a section with rows, each of which may be left out. */
interface Section {
  /** of what there are rows: for the sentence about what was cut */
  readonly of: string
  readonly head: string
  readonly rows: readonly string[]
  readonly foot: string
}

/** Room for the sentence about what was cut, and for the ends of sections. */
const RESERVED = 1024
const LONGEST_CELL = 4096
const LONGEST_DETAIL = 64 * 1024

/**
 * A summary for a pull request or a job: counts, a table of what failed, and folded what else there is to know.
 *
 * @param most bytes that there is room for: what does not fit is counted, the least important first to go
 */
export function toMarkdown(report: Report, most: number = STEP_SUMMARY_BYTES): string {
  const rows = Map.groupBy(
    report.entries.flatMap((entry) => rowsOf(entry, report)),
    ({ level }) => level,
  )
  const [failed = [], warnings = [], notes = []] = [rows.get('error'), rows.get('warning'), rows.get('note')]
  const sections: Section[] = [
    notesSection(report),
    table(failed, 'of what failed', '#### What failed', ''),
    table(warnings, 'of warnings', ...folded('Warnings', warnings.length)),
    table(notes, 'of what is only recorded', ...folded('Only recorded', notes.length)),
    ...(report.sections ?? []).map(listed),
    detailsSection(report.entries),
  ]
  const sign = report.exitCode === 0 ? '✅' : '❌'
  const title = `### ${sign} dapr-shared ${escapeMarkdown(report.command)}: ${headingOf(report)}\n\n${tellCounts(report)}\n`
  return fit(
    title,
    sections.filter(({ rows: own }) => own.length > 0),
    most,
  )
}

interface Row {
  readonly level: ReportProblem['level']
  readonly markdown: string
}

function rowsOf(entry: ReportEntry, report: Report): Row[] {
  const { name, outcome, source, summary } = entry
  const row = (level: Row['level'], place: string, rule: string, message: string, cure: string): Row => ({
    level,
    markdown: `| ${[place, name, rule, message, cure].map(cell).join(' | ')} |\n`,
  })
  const unknown = outcome === 'error' ? [row('error', placeOf(source), 'not judged', summary, '')] : []
  const problems = problemsOf(entry, report).map((problem) =>
    row(problem.level, placeOf(problem.source), problem.rule, problem.message, problem.cure),
  )
  return [...unknown, ...problems]
}

function cell(text: string): string {
  return escapeMarkdown(cutText(text, LONGEST_CELL))
}

function table(rows: readonly Row[], of: string, open: string, close: string): Section {
  return {
    of,
    head: `\n${open}\n\n| Where | What | Rule | Wrong | Cure |\n| --- | --- | --- | --- | --- |\n`,
    rows: rows.map(({ markdown }) => markdown),
    foot: close,
  }
}

function folded(title: string, count: number): [open: string, close: string] {
  return [`<details><summary>${title} (${count})</summary>`, '\n</details>\n']
}

function notesSection(report: Report): Section {
  const troubles = troublesOf(report).map(({ message, source }) =>
    source === undefined ? message : `${placeOf(source)}: ${message}`,
  )
  const rows = [...troubles, ...report.notes].map((note) => `- ${cell(note)}\n`)
  return { of: 'of what was not judged', head: '\n#### Not judged\n\n', rows, foot: '' }
}

function listed({ title, lines }: ReportSection): Section {
  const head = `\n#### ${escapeMarkdown(title.charAt(0).toUpperCase() + title.slice(1))}\n\n`
  return { of: `of ${cell(title)}`, head, rows: lines.map((line) => `- ${cell(line)}\n`), foot: '' }
}

function detailsSection(entries: readonly ReportEntry[]): Section {
  const rows = entries.flatMap((entry) => {
    const shown = shownLines(entry)
    if (shown === '') return []
    const title = cell(`${placeOf(entry.source)} ${entry.name}`)
    return [`${title}\n\n${fenced(cutText(shown, LONGEST_DETAIL), 'diff')}\n`]
  })
  const [open, close] = folded('Details', rows.length)
  return { of: 'of details', head: `\n${open}\n\n`, rows, foot: close.trimStart() }
}

/** What a table has no room for: the lines that show each problem, under its sentence, and the detail. */
function shownLines({ problems, detail }: ReportEntry): string {
  const shown = problems.flatMap(({ message, lines = [] }) => (lines.length === 0 ? [] : [message, ...lines]))
  return [...shown, ...(detail === undefined ? [] : [detail])].join('\n')
}

/** Rows are taken as long as there is room; after the first that has none, no other of its section is. */
function fit(title: string, sections: readonly Section[], most: number): string {
  const written = [title]
  const cut: string[] = []
  let left = most - RESERVED - byteLength(title)
  for (const { of, head, rows, foot } of sections) {
    let taken = 0
    let room = left - byteLength(head)
    const sizes = rows.map(byteLength)
    while (taken < rows.length && (sizes[taken] ?? 0) <= room) room -= sizes[taken++] ?? 0
    if (taken > 0) {
      written.push(head, ...rows.slice(0, taken), foot)
      left = room
    }
    if (taken < rows.length) cut.push(`${rows.length - taken} ${of}`)
  }
  if (cut.length > 0) {
    written.push(
      `\n_There is no room for all of it: left out are ${cut.join(', ')}. \`-o json\` has everything._\n`,
    )
  }
  return written.join('')
}
