/**
 * The catalogue of rules, in the order in which a message tells them. Each has a page in docs/rules.md.
 *
 * `overInventory`: the rule's denial rests on what we know of the cluster, so the namespace is looked up live before
 * it is spoken. `unlowerable`: no policy and no exception makes less of it.
 */
export const RULES = {
  'annotation.invalid': rule('Deny', 'High'),
  'annotation.changed': rule('Deny', 'High'),
  'label.forged': rule('Deny', 'Critical', { unlowerable: true }),
  'annotation.unknown': rule('Warn', 'Low'),
  'instance.missing': rule('Deny', 'High', { overInventory: true }),
  'instance.ambiguous': rule('Deny', 'High', { overInventory: true }),
  'instance.misconfigured': rule('Deny', 'High', { overInventory: true }),
  'instance.not-ready': rule('Warn', 'Medium'),
  'instance.defect': rule('Audit', 'Medium'),
  'instance.in-use': rule('Warn', 'High'),
  'strategy.not-allowed': rule('Deny', 'High', { overInventory: true }),
  'namespace.not-granted': rule('Deny', 'Critical', { unlowerable: true }),
  'identity.not-bound': rule('Deny', 'Critical'),
  'capacity.workloads': rule('Deny', 'Medium'),
  'capacity.pods': rule('Deny', 'Medium'),
  'sidecar.conflict': rule('Deny', 'High'),
  'env.conflict': rule('Warn', 'Medium'),
  'token.unreachable': rule('Deny', 'High'),
  'dns.unresolvable': rule('Warn', 'Medium'),
  'locality.not-local': rule('Audit', 'Low'),
  'locality.uncovered': rule('Audit', 'Low'),
  'app-channel.mismatch': rule('Warn', 'Medium'),
  'security.api-token': rule('Audit', 'High'),
  'security.mtls': rule('Audit', 'Medium'),
  'security.secret-store': rule('Audit', 'High'),
  'security.exposed-service': rule('Audit', 'High'),
  'security.dapr-version': rule('Audit', 'Medium'),
  'workload.kind-not-allowed': rule('Deny', 'Medium'),
  'endpoint.not-allowed': rule('Deny', 'High'),
  'injection.incomplete': rule('Deny', 'High', { overInventory: true }),
  'policy.invalid': rule('Deny', 'High'),
  'exception.expiring': rule('Audit', 'Info'),
} as const satisfies Record<string, Rule>

export type RuleId = keyof typeof RULES

/** `Deny` stops the pod, `Warn` admits it with a warning, `Audit` is only recorded. */
export type Action = 'Deny' | 'Warn' | 'Audit'

export type Severity = 'Critical' | 'High' | 'Medium' | 'Low' | 'Info'

export interface Rule {
  readonly action: Action
  readonly severity: Severity
  readonly overInventory: boolean
  readonly unlowerable: boolean
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
  /** `<namespace>/<name>` of the exception that excuses it, empty where none does */
  readonly exception: string
  /** it holds without any policy, which may only have changed what it does */
  readonly builtIn: boolean
  /** nobody knows whether the rule is broken, and the policy insists on the fact that would tell */
  readonly unknown?: true
}

/** What a rule says; who decides the action is not its business. */
export interface Complaint {
  readonly message: string
  readonly cure: string
  readonly field?: string
}

/** What a finding names where no policy's action counts. No policy can have this name. */
export const BUILT_IN = 'built-in'

export const RULE_IDS = Object.keys(RULES) as readonly RuleId[]

const POSITION: ReadonlyMap<RuleId, number> = new Map(RULE_IDS.map((id, index) => [id, index]))

/** A finding with the rule's built-in action. */
export function finding(id: RuleId, { message, cure, field = '' }: Complaint): Finding {
  const { action, severity } = RULES[id]
  return { rule: id, action, severity, policy: BUILT_IN, message, cure, field, exception: '', builtIn: true }
}

/** Orders findings as the catalogue stands, and those of one rule by policy, whatever order the rules ran in. */
export function inCatalogueOrder(a: Finding, b: Finding): number {
  const order = (POSITION.get(a.rule) ?? 0) - (POSITION.get(b.rule) ?? 0)
  if (order !== 0 || a.policy === b.policy) return order
  return a.policy < b.policy ? -1 : 1
}

const STRENGTH: Readonly<Record<Action, number>> = { Deny: 3, Warn: 2, Audit: 1 }

/** Positive where `a` is stronger than `b`. */
export function compareActions(a: Action, b: Action): number {
  return STRENGTH[a] - STRENGTH[b]
}

export function strongest(actions: readonly [Action, ...Action[]]): Action {
  return actions.reduce((most, action) => (compareActions(action, most) > 0 ? action : most))
}

export function isRuleId(text: string): text is RuleId {
  return Object.hasOwn(RULES, text)
}

function rule(action: Action, severity: Severity, { overInventory = false, unlowerable = false } = {}): Rule {
  return { action, severity, overInventory, unlowerable }
}
