import { isRuleId, RULES, type Severity } from '../core/rules.ts'
import type { Answer } from '../report/answer.ts'
import type { ExitCode, ReportEntry, ReportProblem } from '../report/report.ts'
import { isFound, type ServerItem, type ServerResult } from './result.ts'
import { serverText } from './server-text.ts'
import { tellChange, tellDifference, tellOutcome, tellSpeaker } from './tell-item.ts'

/** What `server` has to say of all objects. */
export function answerServer(result: ServerResult, { exitCode }: { readonly exitCode: ExitCode }): Answer {
  return {
    text: (options) => serverText(result, options),
    document: () => result,
    report: () => ({
      command: 'server',
      exitCode,
      entries: result.items.map(reportItem),
      // what is unknown is an entry that says so
      notes: [],
    }),
  }
}

function reportItem(item: ServerItem): ReportEntry {
  const { source, object, changes, notes } = item
  const problems = problemsOf(item)
  const outcome = outcomeOf(item)
  const areTold = outcome === 'error' || problems.some(({ cure }) => cure !== '')
  const detail = [
    ...changes.map((one) => `others: ${tellChange(one)}`),
    ...(areTold ? [] : notes).map((note) => `note: ${note}`),
  ]
  return {
    group: source.file,
    name: `${object.kind} ${object.namespace}/${object.name}`,
    source,
    outcome,
    summary: outcome === 'error' ? whyUnknown(item) : tellOutcome(item),
    problems,
    object,
    detail: detail.length === 0 ? undefined : detail.join('\n'),
  }
}

function outcomeOf(item: ServerItem): ReportEntry['outcome'] {
  if (isFound(item)) return 'failed'
  if (item.outcome === 'unknown' || item.offline === 'unknown') return 'error'
  return item.asks ? 'passed' : 'skipped'
}

function whyUnknown(item: ServerItem): string {
  const what = item.outcome === 'unknown' ? `unknown: ${item.message}` : tellOutcome(item)
  return [what, ...item.notes].join(' ')
}

function problemsOf(item: ServerItem): ReportProblem[] {
  const { source, outcome, by, message, warnings, differences, webhook, notes } = item
  const problem = (
    rule: string,
    level: ReportProblem['level'],
    text: string,
    more: Partial<ReportProblem> = {},
  ): ReportProblem => ({
    rule,
    level,
    severity: severityOf(rule, level),
    policy: '',
    message: text,
    cure: '',
    field: '',
    source,
    ...more,
  })
  const cure = notes.join(' ')
  return [
    ...(outcome === 'refused'
      ? [problem(ruleIn(message) ?? 'server.refused', 'error', message, { policy: tellSpeaker(by), cure })]
      : []),
    ...(webhook === 'missing'
      ? [
          problem('server.webhook-missing', 'error', 'The pod asks, and was admitted without our webhook.', {
            cure,
          }),
        ]
      : differences.map((one) =>
          problem('server.differs', 'error', tellDifference(one), { field: one.field }),
        )),
    ...warnings.map((warning) => problem(ruleIn(warning) ?? 'server.warning', 'warning', warning)),
  ]
}

/** The rule that a sentence of ours names: `[instance.missing] …`. */
function ruleIn(text: string): string | undefined {
  const [, rule = ''] = /(?:^|: )\[([a-z.-]+)\] /.exec(text) ?? []
  return isRuleId(rule) ? rule : undefined
}

function severityOf(rule: string, level: ReportProblem['level']): Severity {
  if (isRuleId(rule)) return RULES[rule].severity
  return level === 'error' ? 'High' : 'Low'
}
