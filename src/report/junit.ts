import { VERSION } from '../config/version.ts'
import { countOutcomes } from './counts.ts'
import { placeOf } from './place.ts'
import { tellProblem, problemsOf } from './problems-of.ts'
import type { Report, ReportEntry, ReportProblem } from './report.ts'
import { casesOf } from './verdict.ts'
import { element, onLines, text, xmlDocument, type Xml } from './xml.ts'

/**
 * JUnit's XML: one document, a suite for each group, a case for each entry. Readers look at the first failure of a case
 * only, so all that is wrong stands in one.
 *
 * `file` and `line` of a case are what GitLab and test reporters of GitHub read; no schema of JUnit has them.
 */
export function toJunit(report: Report): string {
  const { command, notes, sections = [] } = report
  const cases = casesOf(report)
  const groups = [...Map.groupBy(cases, ({ group }) => group)]
  const suites = groups.map(([group, own], index) => suite(report, group, own, index === 0))
  if (suites.length === 0 && notes.length + sections.length > 0) suites.push(suite(report, command, [], true))
  return xmlDocument(
    element('testsuites', { name: `dapr-shared ${command}`, ...totals(cases) }, onLines(suites)),
  )
}

/** What concerns the run stands in the first suite, as the document itself has no place for it. */
function suite(report: Report, group: string, entries: readonly ReportEntry[], isFirst: boolean): Xml {
  const { command, notes, sections = [] } = report
  const properties = [
    element('property', { name: 'dapr-shared.command', value: command }),
    element('property', { name: 'dapr-shared.version', value: VERSION }),
  ]
  const file = entries[0]?.source.file || undefined
  const out = sections.flatMap(({ title, lines }) => lines.map((line) => `${title}: ${line}`))
  const printed = (name: string, lines: readonly string[]): Xml[] =>
    isFirst && lines.length > 0 ? [element(name, {}, [text(lines.join('\n'))])] : []
  const { skipped } = countOutcomes(entries)
  return element('testsuite', { name: group, ...totals(entries), skipped, file }, [
    ...onLines([
      element('properties', {}, properties),
      ...entries.map((entry) => testcase(entry, report)),
      ...printed('system-out', out),
      ...printed('system-err', notes),
    ]),
  ])
}

function totals(entries: readonly ReportEntry[]): Record<string, string | number | undefined> {
  const { failed, error } = countOutcomes(entries)
  return { tests: entries.length, failures: failed, errors: error, time: seconds(entries) }
}

function testcase(entry: ReportEntry, report: Report): Xml {
  const { group, name, source, milliseconds } = entry
  return element(
    'testcase',
    {
      name,
      classname: withoutExtension(group),
      time: milliseconds === undefined ? undefined : (milliseconds / 1000).toFixed(3),
      file: source.file || undefined,
      line: source.line === 0 ? undefined : source.line,
    },
    outcomeOf(entry, problemsOf(entry, report)),
  )
}

function outcomeOf(entry: ReportEntry, problems: readonly ReportProblem[]): Xml[] {
  const { outcome, summary } = entry
  const told = (some: readonly ReportProblem[]): string[] => some.map(tell)
  switch (outcome) {
    case 'passed':
      return systemOut(told(problems))
    case 'skipped':
      return [element('skipped', { message: summary }), ...systemOut(told(problems))]
    case 'error':
      return [
        element('error', { type: 'unknown', message: summary }, [
          text([summary, ...optional(entry.detail)].join('\n\n')),
        ]),
        ...systemOut(told(problems)),
      ]
    case 'failed': {
      const failing = problems.filter(({ level }) => level === 'error')
      const named = failing[0] ?? problems[0]
      const body = [...told(failing.length > 0 ? failing : problems), ...optional(entry.detail)].join('\n\n')
      const rest = failing.length === 0 ? [] : problems.filter(({ level }) => level !== 'error')
      const message = named === undefined ? summary : named.message
      return [element('failure', { type: named?.rule, message }, [text(body)]), ...systemOut(told(rest))]
    }
  }
}

function tell(problem: ReportProblem): string {
  const { rule, level, severity, policy, field, source } = problem
  const by = policy === '' ? '' : `, ${policy}`
  const at = field === '' ? '' : ` ${field}`
  return `${placeOf(source)}:${at} ${level} [${rule}] (${severity}${by})\n${tellProblem(problem)}`
}

function systemOut(lines: readonly string[]): Xml[] {
  return lines.length === 0 ? [] : [element('system-out', {}, [text(lines.join('\n\n'))])]
}

function optional(detail: string | undefined): string[] {
  return detail === undefined ? [] : [detail]
}

/** Jenkins takes what stands before the last dot for a package. */
function withoutExtension(group: string): string {
  return group.replace(/\.(ya?ml|json)$/, '')
}

function seconds(entries: readonly ReportEntry[]): string | undefined {
  if (entries.every(({ milliseconds }) => milliseconds === undefined)) return undefined
  return (entries.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0) / 1000).toFixed(3)
}
