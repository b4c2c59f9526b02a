import { excuse, type ExcuseQuestion } from './excuse.ts'
import { atPoint, underOverrides, type Governance } from './governance.ts'
import type { Finding } from './rules.ts'

/**
 * What policies make of findings, in this order: overrides change the built-in ones, exceptions excuse, and at point
 * Workload a Deny becomes advice.
 */
export function settle(
  findings: readonly Finding[],
  governance: Governance,
  question: ExcuseQuestion,
): readonly Finding[] {
  if (governance.policies.length === 0) return atPoint(findings, governance)
  const overridden = findings.map((finding) => underOverrides(finding, governance))
  return atPoint(excuse(overridden, question), governance)
}
