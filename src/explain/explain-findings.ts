import type { Policy, Point } from '../core/policy.ts'
import { BUILT_IN, compareActions, RULES } from '../core/rules.ts'
import type { ReviewFinding } from '../review/result.ts'
import type { ExplainedFinding } from './explanation.ts'
import { explainAction } from './explain-match.ts'

/** The findings, and why the action of each is what it is. */
export function explainFindings(
  findings: readonly ReviewFinding[],
  { policies, point }: { readonly policies: readonly Policy[]; readonly point: Point | '' },
): ExplainedFinding[] {
  const byName = new Map(policies.map((policy) => [policy.name, policy]))
  return findings.map((finding) => ({
    ...finding,
    because: reason(finding, byName.get(finding.policy), point),
  }))
}

function reason(finding: ReviewFinding, policy: Policy | undefined, point: Point | ''): string {
  const { rule, action, exception } = finding
  if (exception !== '' && rule !== 'exception.expiring')
    return `Audit, as the exception ${exception} excuses it.`
  if (finding.policy === BUILT_IN) return builtIn(finding)
  if (policy === undefined || point === '') return `${action} by policy ${finding.policy}.`
  if (rule === 'policy.invalid') return `${action} by the policy's failurePolicy: ${policy.failurePolicy}.`
  const override = policy.overrides.get(rule)?.action
  const wanted = override ?? policy.actions[point]
  const source = override === undefined ? explainAction(policy, point) : 'its override for this rule'
  if (wanted === action) return `${action} by policy ${policy.name}: ${source}.`
  if (point === 'Workload' && wanted === 'Deny' && action === 'Warn') {
    return `Warn at point Workload, where a refusal is only advice: the pods of it will meet ${wanted} (${policy.name}: ${source}).`
  }
  return compareActions(action, wanted) < 0
    ? `${action} at the most, as policy ${policy.name} only prefers it (otherwise ${wanted}: ${source}).`
    : `${action} by policy ${policy.name}.`
}

function builtIn({ rule, action }: ReviewFinding): string {
  const own = RULES[rule].action
  if (own !== action) return `${action} at point Workload, where a refusal is only advice: pods meet ${own}.`
  return RULES[rule].unlowerable
    ? `${action}, which is built in; no policy makes less of it.`
    : `${action}, which is built in; no governing policy overrides it.`
}
