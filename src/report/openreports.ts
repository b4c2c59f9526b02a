import { isDnsLabel } from '../core/dns-names.ts'
import { shortHash } from './fingerprints.ts'
import { tellProblem, problemsOf } from './problems-of.ts'
import type { Report, ReportedObject, ReportEntry, ReportProblem } from './report.ts'
import { casesOf } from './verdict.ts'
import { visible, visibleLine } from './visible.ts'

export const OPENREPORTS_API_VERSION = 'openreports.io/v1alpha1'

/** Who says it: also the label by which all reports of ours are found. */
const SOURCE = 'dapr-shared'

type Verdict = 'pass' | 'fail' | 'warn' | 'error' | 'skip'

interface Result {
  readonly result: Verdict
  readonly [field: string]: unknown
}

/**
 * Reports of the OpenReports API (https://github.com/openreports/reports-api), as one List for `kubectl apply`: a Report for each
 * judged object beside it, a ClusterReport for one that has no namespace, and for each suite. Names follow from what is judged, so
 * that the next run replaces them.
 */
export function toOpenReports(report: Report): string {
  const bySubject = Map.groupBy(casesOf(report), (entry) => identityOf(subjectOf(entry, report), entry.group))
  const items = [...bySubject].map(([identity, entries]) => reportOf(identity, entries, report))
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`
}

/** A test says something of its suite, not of the object that it makes up. */
function subjectOf(
  { object }: ReportEntry,
  { command }: Pick<Report, 'command'>,
): ReportedObject | undefined {
  return command === 'test' ? undefined : object
}

function identityOf(object: ReportedObject | undefined, group: string): string {
  if (object === undefined) return JSON.stringify([group])
  const { apiVersion, kind, namespace, name } = object
  // a pod that is yet to get its name shares it with others of its file
  return JSON.stringify([apiVersion, kind, namespace, name, ...(name === '' ? [group] : [])])
}

function reportOf(identity: string, entries: readonly ReportEntry[], report: Report): object {
  const [first] = entries
  const object = first === undefined ? undefined : subjectOf(first, report)
  const namespace = object !== undefined && isDnsLabel(object.namespace) ? object.namespace : undefined
  const results = entries.flatMap((entry) => resultsOf(entry, report))
  return {
    apiVersion: OPENREPORTS_API_VERSION,
    kind: namespace === undefined ? 'ClusterReport' : 'Report',
    metadata: {
      name: nameOf(
        object === undefined ? (first?.group ?? '') : `${object.kind} ${object.name}`,
        identity,
        report,
      ),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'app.kubernetes.io/managed-by': SOURCE },
    },
    source: SOURCE,
    ...(object === undefined ? {} : { scope: reference(object) }),
    summary: summaryOf(results),
    results,
  }
}

/** A DNS subdomain of at most 253 characters: what is judged, as far as it goes, and a hash of all of it. */
function nameOf(readable: string, identity: string, { command }: Report): string {
  const plain = `${SOURCE}-${command}-${readable}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 200)
  return `${plain.replace(/-$/, '')}-${shortHash(identity)}`
}

/** One that has nothing wrong with it gets one result, as a reader of reports would else not know that it was judged. */
function resultsOf(entry: ReportEntry, report: Report): Result[] {
  const { outcome, summary } = entry
  const problems = problemsOf(entry, report).map((problem) => resultOf(problem, entry, report))
  if (outcome === 'error') return [plainResult('error', summary, entry, report), ...problems]
  const isToldFailed = outcome !== 'failed' || problems.some(({ result }) => result === 'fail')
  if (!isToldFailed) return [plainResult('fail', summary, entry, report), ...problems]
  if (problems.length > 0) return problems
  return [plainResult(outcome === 'skipped' ? 'skip' : 'pass', summary, entry, report)]
}

function plainResult(result: Verdict, message: string, entry: ReportEntry, report: Report): Result {
  const { name, source } = entry
  const { command } = report
  const object = subjectOf(entry, report)
  return {
    policy: `${SOURCE}-${command}`,
    rule: object === undefined ? visibleLine(name) : command,
    result,
    scored: true,
    message: visible(message),
    ...resourcesOf(object, ''),
    properties: placeProperties(source),
  }
}

function resultOf(problem: ReportProblem, entry: ReportEntry, report: Report): Result {
  const object = subjectOf(entry, report)
  const { command } = report
  const { rule, level, severity, policy, field, exception = '', source } = problem
  return {
    policy: policy === '' ? `${SOURCE}-${command}` : visibleLine(policy),
    rule: visibleLine(rule),
    category: visibleLine(rule.split('.')[0] ?? rule),
    severity: severity.toLowerCase(),
    result: exception === '' ? RESULT[level] : 'skip',
    // `warn` is, by the API's own words, what is not met and not scored
    scored: level === 'error',
    message: visible(tellProblem(problem)),
    ...resourcesOf(object, field),
    properties: {
      ...placeProperties(source),
      ...(object === undefined ? { test: visibleLine(entry.name) } : {}),
      ...(exception === '' ? {} : { exception: visibleLine(exception) }),
    },
  }
}

const RESULT: Readonly<Record<ReportProblem['level'], Verdict>> = {
  error: 'fail',
  warning: 'warn',
  note: 'warn',
}

function resourcesOf(object: ReportedObject | undefined, field: string): object {
  if (object === undefined) return {}
  const fieldPath = field === '' ? {} : { fieldPath: visibleLine(field) }
  return { resources: [{ ...reference(object), ...fieldPath }] }
}

function reference({ apiVersion, kind, namespace, name }: ReportedObject): Record<string, string> {
  const parts = Object.entries({ apiVersion, kind, namespace, name })
  return Object.fromEntries(
    parts.flatMap(([key, value]) => (value === '' ? [] : [[key, visibleLine(value)]])),
  )
}

function placeProperties({ file, line }: ReportProblem['source']): Record<string, string> {
  return {
    ...(file === '' ? {} : { file: visibleLine(file) }),
    ...(line === 0 ? {} : { line: String(line) }),
  }
}

function summaryOf(results: readonly Result[]): Record<Verdict, number> {
  const summary = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 }
  for (const { result } of results) summary[result] += 1
  return summary
}
