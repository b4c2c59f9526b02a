import { isRuleId, RULES, type Action, type Severity } from '../core/rules.ts'
import { CHECKS, isCheckId, type LintSeverity } from '../lint/checks.ts'
import type { Report, ReportProblem } from './report.ts'
import { CHECK_PAGES, RULE_PAGES, type Page } from './rule-pages.ts'
import { visible, visibleLine } from './visible.ts'

type Level = ReportProblem['level']

/** The `reportingDescriptor` of SARIF: what a viewer tells of a rule beside each of its results. */
export interface SarifRule {
  readonly id: string
  readonly name: string
  readonly shortDescription: { readonly text: string }
  readonly fullDescription: { readonly text: string }
  readonly help: { readonly text: string; readonly markdown: string }
  readonly defaultConfiguration: { readonly level: Level }
  readonly properties: Readonly<Record<string, unknown>>
}

/** What the documentation and the catalogue say of a rule, or of a check. */
interface Described extends Page {
  readonly level: Level
}

/** @param first the first of its problems, for a rule that has no page */
export function sarifRule(first: ReportProblem, report: Pick<Report, 'command'>): SarifRule {
  const { rule: id, severity } = first
  const { summary, markdown, level } = described(first, report)
  const isSecurity = SECURITY.test(id)
  return {
    id: visibleLine(id),
    name: nameOf(id),
    shortDescription: { text: summary },
    fullDescription: { text: summary },
    help: { text: plain(markdown), markdown: withoutOwnLinks(markdown) },
    defaultConfiguration: { level },
    properties: {
      tags: ['dapr', 'kubernetes', ...(isSecurity ? ['security'] : [])],
      precision: 'very-high',
      'problem.severity': PROBLEM_SEVERITY[level],
      ...(isSecurity ? { 'security-severity': SECURITY_SEVERITY[severity] } : {}),
    },
  }
}

function described(first: ReportProblem, { command }: Pick<Report, 'command'>): Described {
  const { rule, level, message } = first
  if (command === 'lint' && isCheckId(rule)) {
    return { ...CHECK_PAGES[rule], level: LEVEL_OF_CHECK[CHECKS[rule]] }
  }
  if (isRuleId(rule)) return { ...RULE_PAGES[rule], level: LEVEL_OF_RULE[RULES[rule].action] }
  const page = Object.hasOwn(OTHER_PAGES, rule) ? OTHER_PAGES[rule] : undefined
  if (page !== undefined) return { summary: page, markdown: page, level: LEVEL_OF_OTHERS[rule] ?? 'error' }
  return { summary: visible(message), markdown: visible(message), level }
}

/** What commands find that is no rule of admission. */
const OTHER_PAGES: Readonly<Record<string, string>> = {
  'test.failed': 'Admission does not answer as a test expects.',
  'what-if.changed': 'The proposal changes what becomes of an object, though no finding is another.',
  'server.refused': 'The API server refuses the pod, and not by a rule of ours.',
  'server.webhook-missing': 'The pod asks for an instance, and was admitted without our webhook.',
  'server.differs': 'The cluster makes something else of the pod than the offline answer says.',
  'server.warning': 'Somebody whom the API server asks warns of the pod.',
}
const LEVEL_OF_OTHERS: Readonly<Record<string, Level>> = { 'server.warning': 'warning' }

const LEVEL_OF_RULE: Readonly<Record<Action, Level>> = { Deny: 'error', Warn: 'warning', Audit: 'note' }
const LEVEL_OF_CHECK: Readonly<Record<LintSeverity, Level>> = {
  Error: 'error',
  Warning: 'warning',
  Info: 'note',
}

/** Rules about who may do what, and what others could do: GitHub lists them with its security alerts. */
const SECURITY = /^(security|identity)\.|^(label\.forged|namespace\.not-granted|endpoint\.not-allowed)$/

/** In the middle of GitHub's bands: over 9 critical, 7 high, 4 medium, 0 low. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
  Critical: '9.5',
  High: '8.0',
  Medium: '5.5',
  Low: '2.0',
  Info: '1.0',
}

const PROBLEM_SEVERITY: Readonly<Record<Level, string>> = {
  error: 'error',
  warning: 'warning',
  note: 'recommendation',
}

/** `InstanceNotReady`, which SARIF asks of a name for people. */
function nameOf(id: string): string {
  return visibleLine(id)
    .split(/[^A-Za-z0-9]+/)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('')
}

/** A viewer cannot follow a link into the documentation of another repository: its text stays. */
function withoutOwnLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\][]*)\]\(docs\/[^)]*\)/g, '$1')
}

function plain(markdown: string): string {
  return withoutOwnLinks(markdown).replaceAll(/\*\*|`|(?<!\w)_|_(?!\w)/g, '')
}
