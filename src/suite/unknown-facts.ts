import type { UnknownFact } from '../core/facts.ts'
import type { ReviewFinding } from '../review/result.ts'
import type { Reviewed } from '../review/review-manifest.ts'
import { fits } from './compare-findings.ts'
import type { Expectation } from './schema.ts'

/**
 * What nobody knows and a test rests on, in sentences: it proves nothing then, whatever it expects. A test that expects a
 * finding with the very words that something is unknown means what the policy's `failurePolicy` makes of that.
 */
export function unknownFacts(expect: Expectation, reviewed: Reviewed): string[] {
  return reviewed.item.allowed
    ? [...letIn(reviewed), ...presumed(expect, reviewed)]
    : presumed(expect, reviewed)
}

/** An answer that lets a pod in for want of a fact is no answer. */
function letIn({ unknown }: Reviewed): string[] {
  return unknown.filter(({ action }) => action === 'Deny').map((fact) => `${whatIsUnknown(fact)}. ${PUT_IN}.`)
}

const PUT_IN = 'Put what it needs into the state'

function whatIsUnknown({ policy, rule, why }: UnknownFact): string {
  return rule === undefined
    ? `whether policy ${policy} governs: ${why}`
    : `${rule} of policy ${policy}: ${why}`
}

/** Findings for want of a fact, as far as what the test looks at needs them. */
function presumed(expect: Expectation, { item, unknown, presumed: unsure }: Reviewed): string[] {
  const { findings: wanted = [], warnings } = expect
  const meant = wanted.filter(({ message }) => message !== undefined && /unknown/i.test(message))
  const isGuess = (finding: ReviewFinding): boolean =>
    unsure.includes(finding) && !meant.some((one) => fits(finding, one))
  const guesses = item.findings.filter(isGuess)
  if (guesses.length === 0) return []

  const denying = item.findings.filter(({ action }) => action === 'Deny')
  const refusal = !item.allowed && denying.every(isGuess) ? denying : []
  const found = wanted.flatMap((one) => {
    const fitting = item.findings.filter((finding) => fits(finding, one))
    return fitting.every(isGuess) ? fitting : []
  })
  const counted = warnings === undefined ? [] : guesses.filter(({ action }) => action === 'Warn')
  return [...new Set([...refusal, ...found, ...counted])].map((finding) => tell(finding, unknown))
}

function tell({ rule, policy, message }: ReviewFinding, unknown: readonly UnknownFact[]): string {
  const governs = unknown.find((fact) => fact.rule === undefined && fact.policy === policy)
  return governs === undefined
    ? `${rule} of policy ${policy}: ${message} ${PUT_IN}, or, if that is meant, expect {rule: ${rule}, message: unknown}.`
    : `${whatIsUnknown(governs)}. ${PUT_IN}.`
}
