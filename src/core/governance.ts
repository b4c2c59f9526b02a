import type { Policy, Point } from './policy.ts'
import { fillMessage, type Placeholders } from './fill-message.ts'
import {
  BUILT_IN,
  compareActions,
  RULES,
  type Action,
  type Complaint,
  type Finding,
  type RuleId,
} from './rules.ts'

/** Who governs one pod, and where it is decided. */
export interface Governance {
  /** by name */
  readonly policies: readonly Policy[]
  readonly point: Point
  /** what an override's message may name, but for the policy itself */
  readonly names: Omit<Placeholders, 'policy'>
}

/** At which action a policy's wish is capped: what it prefers, it does not demand. */
export type Cap = 'Warn'

/** A finding of a rule that this policy asked for: its override's action, or else what its findings do at this point. */
export function policyFinding(
  { point, names }: Governance,
  policy: Policy,
  id: RuleId,
  { message, cure, field = '' }: Complaint,
  cap?: Cap,
): Finding {
  const override = policy.overrides.get(id)
  const action = override?.action ?? capped(policy.actions[point], cap)
  return {
    rule: id,
    action,
    severity: override?.severity ?? RULES[id].severity,
    policy: policy.name,
    message:
      override?.message === undefined
        ? message
        : fillMessage(override.message, { ...names, policy: policy.name }),
    cure,
    field,
    exception: '',
  }
}

/** What a rule of this policy would do, for facts that stay unknown. */
export function policyAction({ point }: Governance, policy: Policy, id: RuleId, cap?: Cap): Action {
  return policy.overrides.get(id)?.action ?? capped(policy.actions[point], cap)
}

/**
 * A built-in finding as the overrides of the governing policies have it: the strongest action among them, and the
 * message of that one. Without an override it stays as it is.
 */
export function underOverrides(finding: Finding, { policies, names }: Governance): Finding {
  const overriding = policies.filter(({ overrides }) => overrides.has(finding.rule))
  if (overriding.length === 0 || finding.policy !== BUILT_IN) return finding
  const winner = strongestOverride(overriding, finding.rule)
  const inOrder = winner === undefined ? overriding : [winner, ...overriding]
  const of = <Key extends 'severity' | 'message'>(key: Key) => {
    const policy = inOrder.find(({ overrides }) => overrides.get(finding.rule)?.[key] !== undefined)
    return policy && { policy, value: policy.overrides.get(finding.rule)?.[key] }
  }
  const message = of('message')
  const { unlowerable } = RULES[finding.rule]
  const action = winner?.overrides.get(finding.rule)?.action
  const counts =
    action !== undefined && !(unlowerable && compareActions(action, finding.action) < 0) ? winner : undefined
  return {
    ...finding,
    action: counts === undefined ? finding.action : (action ?? finding.action),
    policy: counts?.name ?? BUILT_IN,
    severity: of('severity')?.value ?? finding.severity,
    message:
      message?.value === undefined
        ? finding.message
        : fillMessage(message.value, { ...names, policy: message.policy.name }),
  }
}

/** The policy with the strongest action for a rule, the first by name of several; none where none gives an action. */
function strongestOverride(policies: readonly Policy[], id: RuleId): Policy | undefined {
  let winner: Policy | undefined
  let most: Action | undefined
  for (const policy of policies) {
    const action = policy.overrides.get(id)?.action
    if (action === undefined || (most !== undefined && compareActions(action, most) <= 0)) continue
    winner = policy
    most = action
  }
  return winner
}

/**
 * Whether the built-in finding of a rule still counts: it gives way to the policies that have the part which governs
 * it, unless another one overrides the rule's action without having the part.
 */
export function builtInCounts(
  { policies }: Governance,
  id: RuleId,
  hasPart: (policy: Policy) => boolean,
): boolean {
  return (
    !policies.some(hasPart) ||
    policies.some((policy) => !hasPart(policy) && policy.overrides.get(id)?.action !== undefined)
  )
}

/**
 * Advice, not a refusal, at point Workload: nobody tries again what was refused at `kubectl apply`, so a Deny warns
 * there unless a governing policy wants it so.
 */
export function atPoint(findings: readonly Finding[], { policies, point }: Governance): readonly Finding[] {
  if (point !== 'Workload' || policies.some(({ refusesWorkloads }) => refusesWorkloads)) return findings
  return findings.map((finding) =>
    finding.action === 'Deny' && finding.rule !== 'label.forged' ? { ...finding, action: 'Warn' } : finding,
  )
}

function capped(action: Action, cap: Cap | undefined): Action {
  return cap !== undefined && compareActions(action, cap) > 0 ? cap : action
}
