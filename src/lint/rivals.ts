import type { Policy } from '../core/policy.ts'
import type { RuleId } from '../core/rules.ts'
import { precedes } from '../core/select-policies.ts'
import { mayOverlap } from '../policy/may-overlap.ts'
import { few } from '../core/few.ts'
import { matchCovers } from './match-covers.ts'
import type { Problem } from './problem.ts'
import type { RulesSpec, View, WrittenPolicy } from './view.ts'

/** Policies that leave nothing together, or of which one has no say beside the other. */
export function rivalProblems({ policies }: View): Problem[] {
  return policies.flatMap((policy) => {
    const others = policies.filter(({ name }) => name !== policy.name)
    return [...DISJOINT.flatMap((one) => disjoint(one, policy, others)), ...overruled(policy, others)]
  })
}

interface Intersected {
  readonly check: 'strategies.disjoint' | 'service-types.disjoint'
  readonly rule: RuleId
  readonly path: readonly string[]
  readonly what: string
  readonly listOf: (rules: RulesSpec) => readonly string[] | undefined
}

const DISJOINT: readonly Intersected[] = [
  {
    check: 'strategies.disjoint',
    rule: 'strategy.not-allowed',
    path: ['spec', 'rules', 'strategies', 'allowed'],
    what: 'strategy',
    listOf: ({ strategies }) => strategies?.allowed,
  },
  {
    check: 'service-types.disjoint',
    rule: 'security.exposed-service',
    path: ['spec', 'rules', 'security', 'serviceTypes'],
    what: 'type of Service',
    listOf: ({ security }) => security?.serviceTypes,
  },
]

/** Constraints add up: what two policies allow is what both of them allow. */
function disjoint(
  { check, rule, path, what, listOf }: Intersected,
  policy: WrittenPolicy,
  others: readonly WrittenPolicy[],
): Problem[] {
  const own = listOf(policy.spec.rules ?? {})
  if (own === undefined || !refuses(policy.compiled, rule)) return []
  const rivals = others.filter(({ spec, compiled }) => {
    const theirs = listOf(spec.rules ?? {})
    return (
      theirs !== undefined &&
      !theirs.some((one) => own.includes(one)) &&
      refuses(compiled, rule) &&
      mayOverlap(spec.match, policy.spec.match)
    )
  })
  if (rivals.length === 0) return []
  const names = few(rivals.map(({ name }) => name))
  return [
    {
      check,
      manifest: policy.manifest,
      path,
      message: `no ${what} is allowed by both this policy and ${names}: pods that both match are refused.`,
      cure: 'Let their match exclude each other, or allow something in common.',
    },
  ]
}

function refuses({ overrides, actions }: Policy, rule: RuleId): boolean {
  return (overrides.get(rule)?.action ?? actions.Pod) === 'Deny'
}

function overruled(policy: WrittenPolicy, others: readonly WrittenPolicy[]): Problem[] {
  if (policy.spec.defaults === undefined) return []
  const winner = others.find(
    ({ spec, compiled }) =>
      spec.defaults !== undefined &&
      precedes(compiled, policy.compiled) &&
      matchCovers(spec.match, policy.spec.match),
  )
  if (winner === undefined) return []
  return [
    {
      check: 'defaults.never-win',
      manifest: policy.manifest,
      path: ['spec', 'defaults'],
      message: `its defaults never count: policy ${winner.name} matches all of its pods, and goes before it.`,
      cure: 'Give it a higher priority, or take its defaults out. One policy supplies the whole block.',
    },
  ]
}
