/**
 * The catalogue of rules, in the order in which a message tells them. Each has a page in docs/rules.md.
 *
 * `overInventory`: the rule's denial rests on what we know of the cluster, so the namespace is looked up live before
 * it is spoken.
 */
export const RULES = {
  'annotation.invalid': rule('Deny', 'High'),
  'annotation.changed': rule('Deny', 'High'),
  'label.forged': rule('Deny', 'Critical'),
  'annotation.unknown': rule('Warn', 'Low'),
  'instance.missing': rule('Deny', 'High', { overInventory: true }),
  'instance.ambiguous': rule('Deny', 'High', { overInventory: true }),
  'instance.misconfigured': rule('Deny', 'High', { overInventory: true }),
  'instance.not-ready': rule('Warn', 'Medium'),
  'instance.defect': rule('Audit', 'Medium'),
  'strategy.not-allowed': rule('Deny', 'High', { overInventory: true }),
  'namespace.not-granted': rule('Deny', 'Critical'),
  'sidecar.conflict': rule('Deny', 'High'),
  'env.conflict': rule('Warn', 'Medium'),
  'token.unreachable': rule('Deny', 'High'),
  'dns.unresolvable': rule('Warn', 'Medium'),
  'locality.not-local': rule('Audit', 'Low'),
  'app-channel.mismatch': rule('Warn', 'Medium'),
  'security.api-token': rule('Audit', 'High'),
  'security.mtls': rule('Audit', 'Medium'),
  'security.secret-store': rule('Audit', 'High'),
  'security.exposed-service': rule('Audit', 'High'),
  'injection.incomplete': rule('Deny', 'High', { overInventory: true }),
} as const satisfies Record<string, Rule>

export type RuleId = keyof typeof RULES

/** `Deny` stops the pod, `Warn` admits it with a warning, `Audit` is only recorded. */
export type Action = 'Deny' | 'Warn' | 'Audit'

export type Severity = 'Critical' | 'High' | 'Medium' | 'Low' | 'Info'

export interface Rule {
  readonly action: Action
  readonly severity: Severity
  readonly overInventory: boolean
}

/** One rule's answer about one pod. `field` is a path into the pod, empty where none is to blame. */
export interface Finding {
  readonly rule: RuleId
  readonly action: Action
  readonly severity: Severity
  /** the policy whose action counts, or `built-in` */
  readonly policy: string
  /** what is wrong: one sentence, printable ASCII */
  readonly message: string
  /** how to mend it: one sentence or two */
  readonly cure: string
  readonly field: string
}

/** What a rule says; who decides the action is not its business. */
export interface Complaint {
  readonly message: string
  readonly cure: string
  readonly field?: string
}

export const RULE_IDS = Object.keys(RULES) as readonly RuleId[]

const POSITION: ReadonlyMap<RuleId, number> = new Map(RULE_IDS.map((id, index) => [id, index]))

/** A finding with the rule's built-in action. */
export function finding(id: RuleId, { message, cure, field = '' }: Complaint): Finding {
  const { action, severity } = RULES[id]
  return { rule: id, action, severity, policy: 'built-in', message, cure, field }
}

/** Orders findings as the catalogue stands, whatever order the rules ran in. */
export function inCatalogueOrder(a: Finding, b: Finding): number {
  return (POSITION.get(a.rule) ?? 0) - (POSITION.get(b.rule) ?? 0)
}

function rule(action: Action, severity: Severity, { overInventory = false } = {}): Rule {
  return { action, severity, overInventory }
}
