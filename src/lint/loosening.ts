import { compareActions, RULES, type RuleId } from '../core/rules.ts'
import { WRITTEN_DEFAULTS } from '../policy/schema/default-values.ts'
import type { PolicySpec } from '../policy/schema/policy.ts'
import type { Found } from './contradictions.ts'
import type { Problem } from './problem.ts'
import { partOf } from './rules-brought.ts'
import type { View, WrittenPolicy } from './view.ts'

/** Parts of policies that let through what holds without any policy: by their actions, or on purpose. */
export function looseningProblems({ policies }: View): Problem[] {
  return policies.flatMap((policy) =>
    [...weaker(policy), ...silencing(policy.spec)].map((one) => ({ ...one, manifest: policy.manifest })),
  )
}

/** The rules whose built-in finding, stronger than Audit, gives way to that of a policy with this part. */
const STANDS_IN: ReadonlyMap<RuleId, Problem['path']> = new Map<RuleId, Problem['path']>([
  ['sidecar.conflict', ['spec', 'rules', 'sidecar', 'conflict']],
  ['instance.not-ready', ['spec', 'rules', 'instance', 'minReadyReplicas']],
  ['env.conflict', ['spec', 'defaults', 'onExistingEnv']],
])

/** The points where pods are decided; templates are advised at most, and a scan refuses nothing. */
const DECIDING = ['Pod', 'CLI'] as const

/** Where an override names the action, that is what its author means. */
function* weaker({ spec, compiled }: WrittenPolicy): Iterable<Found> {
  for (const [rule, path] of STANDS_IN) {
    const isMeant = compiled.overrides.get(rule)?.action !== undefined
    const prefers = rule === 'sidecar.conflict' && isPreferring(spec)
    if (partOf(spec, rule) !== 'brings' || isMeant || prefers) continue
    const { action } = RULES[rule]
    const less = DECIDING.filter((point) => compareActions(compiled.actions[point], action) < 0)
    const [point] = less
    if (point === undefined) continue
    yield {
      check: 'part.weaker',
      path,
      message: `${rule} is ${action} without any policy, and only ${compiled.actions[point]} where this one matches (at ${less.join(' and ')}): ${action === 'Deny' ? 'it admits what was refused' : 'it hides what was told'}.`,
      cure: `Override ${rule} with ${action}, or leave the part out.`,
    }
  }
}

function isPreferring({ rules }: PolicySpec): boolean {
  return (rules?.sidecar?.conflict ?? WRITTEN_DEFAULTS.conflict) !== 'Deny'
}

function silencing(spec: PolicySpec): Found[] {
  const { rules = {} } = spec
  const { crossNamespace, sidecar, security, locality, instance } = rules
  const open = security?.serviceTypes?.filter((type) => type !== 'ClusterIP') ?? []
  const parts: readonly (readonly [isLoose: boolean, part: string, field: string, what: string])[] = [
    [
      crossNamespace?.mode === 'Allow',
      'crossNamespace',
      'mode',
      'instances of other namespaces may be used without a grant',
    ],
    [
      sidecar !== undefined && isPreferring(spec),
      'sidecar',
      'conflict',
      'pods that ask for a sidecar too are admitted',
    ],
    [security?.apiToken === 'Off', 'security', 'apiToken', 'instances without a token are not told'],
    [security?.mtls === 'Off', 'security', 'mtls', 'instances without mTLS are not told'],
    [
      security?.secretStore === 'Off',
      'security',
      'secretStore',
      'instances that offer Kubernetes Secrets to their consumers are not told',
    ],
    [open.length > 0, 'security', 'serviceTypes', `Services of type ${open.join(' and ')} are not told`],
    [
      locality !== undefined && (locality.node ?? WRITTEN_DEFAULTS.node) === 'Any',
      'locality',
      'node',
      'instances that are not on the own node are not told',
    ],
    [
      instance?.minReadyReplicas === 0,
      'instance',
      'minReadyReplicas',
      'instances without a ready replica are not told',
    ],
    [instance?.inUse === 'Off', 'instance', 'inUse', 'instances in use may go without a word'],
  ]
  return parts
    .filter(([isLoose]) => isLoose)
    .map(([, part, field, what]) => ({
      check: 'part.loosens',
      path: ['spec', 'rules', part, field],
      message: `it loosens what holds without any policy: ${what}.`,
      cure: 'Nothing to do where that is meant. A stricter policy that matches the same pods still counts.',
    }))
}
