import { printable } from '../core/quote.ts'
import type { Override, Policy } from '../core/policy.ts'
import { RULES, type RuleId } from '../core/rules.ts'
import { precedes, winningDefaults } from '../core/select-policies.ts'
import type { Reviewed } from '../review/review-manifest.ts'
import { explainAction, explainMatch } from './explain-match.ts'
import { explainParts } from './explain-parts.ts'
import type { ExplainedOverride, ExplainedPolicy } from './explanation.ts'
import { tell, type Breadth, type Told } from './told.ts'
import type { Trace } from './trace.ts'

/** The policies, each once: those that govern the pod first, which are the ones that concern it. */
export function explainPolicies(
  trace: Trace,
  unknown: Reviewed['unknown'],
  breadth: Breadth,
): Told<ExplainedPolicy> {
  const explained = trace.known.policies.policies
    .map((policy) => explainPolicy(policy, trace, unknown))
    .toSorted((a, b) => Number(b.governs) - Number(a.governs))
  return tell(explained, breadth, weight)
}

/** One that governs and has something to say comes before one that only governs. */
function weight({ governs, rules, overrides, defaults }: ExplainedPolicy): number {
  const speaks =
    rules.some(({ outcome }) => outcome === 'fired' || outcome === 'unknown') ||
    overrides.some(({ applied }) => applied) ||
    defaults?.won === true
  return governs ? 1 + Number(speaks) : 0
}

function explainPolicy(policy: Policy, trace: Trace, unknown: Reviewed['unknown']): ExplainedPolicy {
  const { asked, governed } = trace
  const { pod, namespace, point } = asked
  const { name } = policy
  const common = { name, action: policy.actions[point], actionBecause: explainAction(policy, point) }
  const none = { rules: [], overrides: [], defaults: null }
  const silent = withoutPolicies(trace)
  if (silent !== undefined) return { ...common, governs: false, because: silent, ...none }

  const { governs, because } = explainMatch(policy, { pod, namespace, point, facts: governed.facts })
  if (!governs) return { ...common, governs, because, ...none }
  return {
    ...common,
    governs,
    because: policy.problem === undefined ? because : `${because} ${brokenRules(policy)}`,
    rules: explainParts(policy, trace, unknown),
    overrides: [...policy.overrides].map(([rule, override]) =>
      explainOverride(policy, rule, override, trace),
    ),
    defaults: explainDefaults(policy, trace),
  }
}

/** Policies have no say about a pod that does not ask, or that is not served. */
function withoutPolicies({ ask, asked, known, end }: Trace): string | undefined {
  if (asked.isUpdate || end !== 'outside') return undefined
  if (ask.kind === 'none')
    return 'policies govern pods that ask for a shared instance, and this one does not.'
  return known.settings.excludedNamespaces.has(asked.namespace)
    ? 'the namespace is not served, so no policy is asked.'
    : 'the pod is a static one, which no admission changes.'
}

function brokenRules({ problem, failurePolicy }: Policy): string {
  const effect = failurePolicy === 'Fail' ? 'its pods are refused' : 'that is only recorded'
  return `Its rules do not compile (${printable(problem ?? '')}): with failurePolicy ${failurePolicy} ${effect}.`
}

function explainOverride(
  { name }: Policy,
  rule: RuleId,
  override: Override,
  { findings }: Trace,
): ExplainedOverride {
  const { action } = override
  const found =
    findings.find((one) => one.rule === rule && one.policy === name) ??
    findings.find((one) => one.rule === rule)
  if (found === undefined) return { rule, applied: false, because: 'the rule found nothing.' }
  if (found.policy === name) return { rule, applied: true, because: `its finding ${effectOf(override)}.` }
  if (RULES[rule].unlowerable) {
    return {
      rule,
      applied: false,
      because: 'no policy makes less of this rule; only the words can be changed.',
    }
  }
  return action === undefined
    ? { rule, applied: true, because: `it changes no action, but ${wordsOf(override)}.` }
    : {
        rule,
        applied: false,
        because: `${found.policy === 'built-in' ? 'another' : found.policy}'s action counts, as the stronger one.`,
      }
}

function effectOf(override: Override): string {
  const action =
    override.action === undefined ? 'keeps its action, and gets' : `gets the action ${override.action}`
  const words = wordsOf(override)
  if (words === '') return action
  return override.action === undefined ? `${action} ${words}` : `${action} and ${words}`
}

function wordsOf({ severity, message }: Override): string {
  return [
    ...(severity === undefined ? [] : [`the severity ${severity}`]),
    ...(message === undefined ? [] : ['words of its own']),
  ].join(' and ')
}

/** Of several policies with `defaults` one gives all of them. */
function explainDefaults(policy: Policy, { governed }: Trace): ExplainedPolicy['defaults'] {
  if (policy.defaults === undefined) return null
  const rivals = governed.governance.policies.filter(({ defaults }) => defaults !== undefined)
  const winner = winningDefaults(rivals)?.policy
  if (winner === undefined || !rivals.some(({ name }) => name === policy.name)) {
    return { won: false, because: 'whether the policy governs is unknown, so its defaults are not used.' }
  }
  if (winner.name === policy.name) {
    const [next] = rivals
      .filter(({ name }) => name !== policy.name)
      .toSorted((a, b) => (precedes(a, b) ? -1 : 1))
    return {
      won: true,
      because:
        next === undefined
          ? 'no other governing policy has any.'
          : `${difference(policy, next)} that of ${next.name}.`,
    }
  }
  return {
    won: false,
    because: `those of ${winner.name} do: ${difference(winner, policy)} that of this one.`,
  }
}

/** What decides between the winner and another: priority, then age, then name. */
function difference(winner: Policy, other: Policy): string {
  if (winner.priority !== other.priority)
    return `its priority ${winner.priority} is higher than ${other.priority},`
  if (winner.createdAt !== other.createdAt) return 'with the same priority, its creation is before'
  return 'with the same priority and age, its name comes before'
}
