import { nearNames } from '../core/near-names.ts'
import { isRuleId, RULE_IDS, RULES, type Action, type RuleId } from '../core/rules.ts'
import type { Problem } from './problem.ts'
import { needsPart, partOf } from './rules-brought.ts'
import type { View, WrittenPolicy } from './view.ts'

/** Overrides that do nothing, or less than they say. */
export function overrideProblems({ policies }: View): Problem[] {
  return policies.flatMap((policy) => [
    ...(policy.spec.overrides ?? []).flatMap(({ rule, action }, index) => {
      const found = judge(policy, rule, action)
      return found === undefined
        ? []
        : [{ ...found, manifest: policy.manifest, path: ['spec', 'overrides', index, 'rule'] }]
    }),
    ...preferringSidecars(policy),
  ])
}

type Judgement = Pick<Problem, 'check' | 'message' | 'cure'>

function judge({ spec }: WrittenPolicy, rule: string, action: Action | undefined): Judgement | undefined {
  if (!isRuleId(rule)) return unknownRule(rule)
  const part = partOf(spec, rule)
  if (part === 'silences') {
    return {
      check: 'override.no-effect',
      message: `${rule} is overridden, but this policy's own rules turn it off.`,
      cure: 'Take the override out, or the part that turns it off.',
    }
  }
  if (part === 'absent' && needsPart(rule)) {
    return {
      check: 'override.no-effect',
      message: `${rule} is overridden, but this policy has no rules that speak of it, and those of others are not its own to override.`,
      cure: `Take the override out, or add the part of rules that brings it (docs/rules.md, ${rule}).`,
    }
  }
  if (part === 'prefers' && action === 'Deny') {
    return {
      check: 'override.capped',
      message: `${rule} is overridden with Deny, but what is only preferred warns at most.`,
      cure: 'Demand it (Required, or Require), or override it with Warn.',
    }
  }
  return backstopped(rule, action)
}

function unknownRule(rule: string): Judgement {
  const near = nearNames(rule, RULE_IDS)
  return {
    check: 'override.unknown-rule',
    message: `there is no rule ${rule}${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '.'}`,
    cure: 'See docs/rules.md. An id of a newer version of the service has no effect in this one.',
  }
}

/** What the backstop demands of each pod that asks, it demands whatever policies say: it reads none. */
const BACKSTOPPED: ReadonlySet<RuleId> = new Set(['sidecar.conflict', 'injection.incomplete', 'label.forged'])

function backstopped(rule: RuleId, action: Action | undefined): Judgement | undefined {
  if (!BACKSTOPPED.has(rule) || action === undefined || action === RULES[rule].action) return undefined
  return { check: 'override.backstop', message: `${rule} is lowered, ${STAYS}`, cure: CURE }
}

const STAYS =
  'but with the backstop (manifests --backstop) the API server still refuses a pod that is injected and has a daprd beside it, lacks its variables or claims our labels.'
const CURE = 'Nothing to do without the backstop; with it, this is as far as policy reaches.'

function preferringSidecars({ manifest, spec }: WrittenPolicy): Problem[] {
  if (spec.rules?.sidecar?.conflict !== 'PreferSidecar') return []
  const path = ['spec', 'rules', 'sidecar', 'conflict']
  return [
    { check: 'override.backstop', manifest, path, message: `sidecars are preferred, ${STAYS}`, cure: CURE },
  ]
}
