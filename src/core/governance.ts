import type { UnknownFact } from './facts.ts'
import type { Override, Policy, Point } from './policy.ts'
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
  return {
    rule: id,
    action: capped(override?.action ?? policy.actions[point], cap),
    severity: override?.severity ?? RULES[id].severity,
    policy: policy.name,
    message:
      override?.message === undefined
        ? message
        : fillMessage(override.message, { ...names, policy: policy.name }),
    cure,
    field,
    exception: '',
    builtIn: false,
  }
}

/** A finding for want of the fact that its rule needs, of a policy that insists on its facts. */
export function unknownFinding(
  governance: Governance,
  policy: Policy,
  id: RuleId,
  complaint: Complaint,
): Finding {
  return { ...policyFinding(governance, policy, id, complaint), unknown: true }
}

/** What is left of a rule of this policy where the fact that it needs stays unknown. */
export function unknownFact({ point }: Governance, policy: Policy, id: RuleId, why: string): UnknownFact {
  return {
    policy: policy.name,
    rule: id,
    action: policy.overrides.get(id)?.action ?? policy.actions[point],
    why,
  }
}

/**
 * A built-in finding as the overrides of the governing policies have it: the strongest action among them, and the
 * message of that one. Without an override it stays as it is.
 */
export function underOverrides(finding: Finding, { policies, names }: Governance): Finding {
  if (!finding.builtIn || finding.policy !== BUILT_IN) return finding
  const overriding = policies.filter(({ overrides }) => overrides.has(finding.rule))
  if (overriding.length === 0) return finding
  const winner = RULES[finding.rule].unlowerable ? undefined : strongestOverride(overriding, finding.rule)
  const inOrder = winner === undefined ? overriding : [winner, ...overriding]
  const saying = (key: keyof Override): Policy | undefined =>
    inOrder.find(({ overrides }) => overrides.get(finding.rule)?.[key] !== undefined)
  const speaker = saying('message')
  const message = speaker?.overrides.get(finding.rule)?.message
  return {
    ...finding,
    action: winner?.overrides.get(finding.rule)?.action ?? finding.action,
    policy: winner?.name ?? BUILT_IN,
    severity: saying('severity')?.overrides.get(finding.rule)?.severity ?? finding.severity,
    message:
      message === undefined
        ? finding.message
        : fillMessage(message, { ...names, policy: speaker?.name ?? '' }),
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
 * What is left of a built-in finding: it gives way to the policies that have the part which governs it. One that
 * overrides the rule's action without having the part still has its say.
 */
export function besideParts(
  finding: Finding,
  governance: Governance,
  hasPart: (policy: Policy) => boolean,
): Finding[] {
  const { policies } = governance
  if (!policies.some(hasPart)) return [finding]
  const voices = policies.filter(
    (policy) => !hasPart(policy) && policy.overrides.get(finding.rule)?.action !== undefined,
  )
  return voices.length === 0 ? [] : [underOverrides(finding, { ...governance, policies: voices })]
}

/**
 * Advice, not a refusal, at point Workload: nobody tries again what was refused at `kubectl apply`, so a Deny warns
 * there unless a governing policy wants it so.
 */
export function atPoint(findings: readonly Finding[], { policies, point }: Governance): readonly Finding[] {
  if (point !== 'Workload' || policies.some(({ refusesWorkloads }) => refusesWorkloads)) return findings
  return findings.map((finding) => (finding.action === 'Deny' ? { ...finding, action: 'Warn' } : finding))
}

function capped(action: Action, cap: Cap | undefined): Action {
  return cap !== undefined && compareActions(action, cap) > 0 ? cap : action
}
