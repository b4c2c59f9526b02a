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
  return atPoint(settleForPods(findings, governance, question), governance)
}

/** What policies make of findings about the pods of a template: what will be refused is only advised of before. */
export function settleForPods(
  findings: readonly Finding[],
  governance: Governance,
  question: ExcuseQuestion,
): readonly Finding[] {
  if (governance.policies.length === 0 || findings.length === 0) return findings
  const override = (finding: Finding): Finding => underOverrides(finding, governance)
  const { excused, expiring } = excuse(findings.map(override), question)
  return expiring.length === 0 ? excused : [...excused, ...expiring.map(override)]
}
