import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { isRuleId, type RuleId } from '../core/rules.ts'

/** A part of a policy, and the rules of which it may make findings. */
export interface PolicyPart {
  readonly part: string
  readonly rules: readonly RuleId[]
  /** it says what holds anyway: its findings do not name the policy */
  readonly builtIn: boolean
}

interface Known extends Pick<PolicyPart, 'part' | 'rules'> {
  /** values with which it is silent by design */
  readonly silent?: readonly unknown[]
  /** the value that says what holds without any policy */
  readonly asBuiltIn?: unknown
}

/** `instance.inUse` is not among them: it is asked when an instance goes, which no suite can send. */
const PARTS: readonly Known[] = [
  { part: 'strategies', rules: ['strategy.not-allowed'] },
  { part: 'instance.minReadyReplicas', rules: ['instance.not-ready'], silent: [0] },
  { part: 'locality.node', rules: ['locality.not-local', 'locality.uncovered'], silent: ['Any'] },
  {
    part: 'crossNamespace.mode',
    rules: ['namespace.not-granted'],
    silent: ['Allow'],
    asBuiltIn: 'RequireGrant',
  },
  { part: 'identity', rules: ['identity.not-bound'] },
  { part: 'capacity.maxWorkloads', rules: ['capacity.workloads'] },
  { part: 'capacity.maxPods', rules: ['capacity.pods'] },
  { part: 'capacity.maxPodsPerReplica', rules: ['capacity.pods'] },
  {
    part: 'sidecar.conflict',
    rules: ['sidecar.conflict'],
    silent: ['PreferSidecar', 'PreferShared'],
  },
  { part: 'security.apiToken', rules: ['security.api-token'], silent: ['Off', false] },
  { part: 'security.mtls', rules: ['security.mtls'], silent: ['Off', false] },
  { part: 'security.secretStore', rules: ['security.secret-store'], silent: ['Off', false] },
  { part: 'security.serviceTypes', rules: ['security.exposed-service'] },
  { part: 'security.minDaprVersion', rules: ['security.dapr-version'] },
  { part: 'endpoints', rules: ['endpoint.not-allowed'] },
  { part: 'workloads', rules: ['workload.kind-not-allowed'] },
]

/** The parts of a DaprSharedPolicy, as it is written, that may make findings. */
export function policyParts(policy: JsonObject): PolicyPart[] {
  const spec = objectOr(policy['spec'])
  const parts = PARTS.flatMap(({ part, rules, silent = [], asBuiltIn }): PolicyPart[] => {
    const value = valueAt(objectOr(spec['rules']), part)
    if (value === undefined || silent.includes(value)) return []
    return [{ part: `rules.${part}`, rules, builtIn: value === asBuiltIn }]
  })
  const overrides = Array.isArray(spec['overrides']) ? (spec['overrides'] as unknown[]) : []
  return [
    ...parts,
    ...overrides.flatMap((override) => {
      const { rule, action } = objectOr(override)
      return typeof rule === 'string' && isRuleId(rule) && action !== undefined
        ? [{ part: `overrides[${rule}]`, rules: [rule], builtIn: false }]
        : []
    }),
  ]
}

function valueAt(rules: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => objectOr(value)[step], rules)
}
