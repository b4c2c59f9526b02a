import { VERSION } from '../config/version.ts'
import { makeFingerprints } from './fingerprints.ts'
import { uriOf } from './place.ts'
import { tellProblem, problemsOf } from './problems-of.ts'
import type { Report, ReportEntry, ReportProblem } from './report.ts'
import { sarifRule } from './sarif-rules.ts'
import { headingOf, troublesOf } from './verdict.ts'
import { visible, visibleLine } from './visible.ts'

/**
 * SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), as GitHub code scanning reads it: one run,
 * its rules with their pages, a result for each problem.
 */
export function toSarif(report: Report): string {
  const found = report.entries.flatMap((entry) =>
    problemsOf(entry, report).map((problem) => ({ entry, problem })),
  )
  const first = firstOfEachRule(found.map(({ problem }) => problem))
  const indexes = new Map([...first.keys()].map((id, index) => [id, index]))
  const fingerprint = makeFingerprints()
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'dapr-shared',
            semanticVersion: VERSION,
            rules: [...first.values()].map((problem) => sarifRule(problem, report)),
          },
        },
        automationDetails: { id: `dapr-shared/${report.command}/` },
        columnKind: 'utf16CodeUnits',
        invocations: [invocationOf(report)],
        results: found.map(({ entry, problem }) =>
          result(problem, entry, indexes.get(problem.rule) ?? -1, fingerprint(problem, entry)),
        ),
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

/** In the order of their ids, so that a report differs from the last one only where the findings do. */
function firstOfEachRule(problems: readonly ReportProblem[]): ReadonlyMap<string, ReportProblem> {
  const first = new Map<string, ReportProblem>()
  for (const problem of problems) if (!first.has(problem.rule)) first.set(problem.rule, problem)
  return new Map([...first].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** What was not judged is no result, and must not look like none either. */
function invocationOf(report: Report): object {
  const { entries, notes, sections = [], exitCode } = report
  const unknown = entries.filter(({ outcome }) => outcome === 'error')
  return {
    executionSuccessful: exitCode < 2 && unknown.length === 0,
    exitCode,
    exitCodeDescription: headingOf(report),
    toolExecutionNotifications: [
      ...troublesOf(report).map(({ message, source }) => ({
        level: 'error',
        message: { text: messageText(message) },
        ...(source === undefined ? {} : { locations: [{ physicalLocation: physicalLocation(source) }] }),
      })),
      ...unknown.map(({ name, summary, source }) => ({
        level: 'error',
        message: { text: messageText(`${name}: ${summary}`) },
        locations: [{ physicalLocation: physicalLocation(source) }],
      })),
      ...notes.map((note) => ({ level: 'warning', message: { text: messageText(note) } })),
      ...sections.flatMap(({ title, lines }) =>
        lines.map((line) => ({ level: 'note', message: { text: messageText(`${title}: ${line}`) } })),
      ),
    ],
  }
}

function result(problem: ReportProblem, entry: ReportEntry, ruleIndex: number, fingerprint: string): object {
  const { rule, level, severity, policy, field, exception = '', source } = problem
  return {
    ruleId: visibleLine(rule),
    ruleIndex,
    level,
    message: { text: messageText(tellProblem(problem)) },
    locations: [
      { physicalLocation: physicalLocation(source), logicalLocations: logicalLocations(entry, field) },
    ],
    partialFingerprints: { 'subjectAndField/v1': fingerprint },
    ...(exception === '' ? {} : { suppressions: [suppression(exception)] }),
    properties: { severity, ...(policy === '' ? {} : { policy: visibleLine(policy) }) },
  }
}

function physicalLocation(source: ReportProblem['source']): object {
  return {
    artifactLocation: { uri: uriOf(source) },
    ...(source.line === 0 ? {} : { region: { startLine: source.line } }),
  }
}

function logicalLocations({ group, name, object }: ReportEntry, field: string): object[] {
  const subject =
    object === undefined
      ? { name: visibleLine(name), fullyQualifiedName: visibleLine(`${group}/${name}`) }
      : {
          name: visibleLine(object.name),
          fullyQualifiedName: visibleLine([object.namespace, object.kind, object.name].join('/')),
          kind: 'resource',
        }
  if (field === '') return [subject]
  const member = {
    name: visibleLine(field),
    fullyQualifiedName: `${subject.fullyQualifiedName}.${visibleLine(field)}`,
    kind: 'member',
  }
  return [subject, member]
}

function suppression(exception: string): object {
  return {
    kind: 'external',
    status: 'accepted',
    justification: `Excused by DaprSharedException ${visibleLine(exception)}.`,
  }
}

/** In a message of SARIF `[text](target)` is a link (§3.11.6): no tenant's text may be one. */
function messageText(text: string): string {
  return visible(text).replaceAll(/(\\*)\]\(/g, String.raw`$1$1\](`)
}
