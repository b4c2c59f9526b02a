import type { RuleId } from '../core/rules.ts'
import { WRITTEN_DEFAULTS } from '../policy/schema/default-values.ts'
import type { PolicySpec } from '../policy/schema/policy.ts'

/** What a policy's own parts make of a rule: `brings` findings of its own, or `silences` it. */
export type Part = 'brings' | 'silences' | 'prefers' | 'absent'

type Judge = (spec: PolicySpec) => Part

const when = (isThere: boolean): Part => (isThere ? 'brings' : 'absent')

/** `Preferred` and `Prefer` warn at most. */
const demand = (value: 'Required' | 'Preferred' | 'Off' | undefined): Part =>
  value === undefined
    ? 'absent'
    : ({ Required: 'brings', Preferred: 'prefers', Off: 'silences' } as const)[value]

const locality: Judge = ({ rules }) => {
  if (rules?.locality === undefined) return 'absent'
  const { node = WRITTEN_DEFAULTS.node } = rules.locality
  return ({ Any: 'silences', Prefer: 'prefers', Require: 'brings' } as const)[node]
}

/** The rules that a part of a policy governs, and how. */
const PARTS: ReadonlyMap<RuleId, Judge> = new Map<RuleId, Judge>([
  ['strategy.not-allowed', ({ rules }) => when(rules?.strategies?.allowed !== undefined)],
  [
    'instance.not-ready',
    ({ rules }) => {
      const least = rules?.instance?.minReadyReplicas
      return least === 0 ? 'silences' : when(least !== undefined)
    },
  ],
  [
    'instance.in-use',
    ({ rules }) => (rules?.instance?.inUse === 'Off' ? 'silences' : when(rules?.instance !== undefined)),
  ],
  ['locality.not-local', locality],
  ['locality.uncovered', locality],
  [
    'namespace.not-granted',
    ({ rules }) => {
      const mode = rules?.crossNamespace?.mode
      return mode === 'Allow' ? 'silences' : when(mode === 'Deny')
    },
  ],
  ['identity.not-bound', ({ rules }) => when(rules?.identity !== undefined)],
  ['capacity.workloads', ({ rules }) => when(rules?.capacity?.maxWorkloads !== undefined)],
  [
    'capacity.pods',
    ({ rules }) => when((rules?.capacity?.maxPods ?? rules?.capacity?.maxPodsPerReplica) !== undefined),
  ],
  ['sidecar.conflict', ({ rules }) => when(rules?.sidecar !== undefined)],
  ['security.api-token', ({ rules }) => demand(rules?.security?.apiToken)],
  ['security.mtls', ({ rules }) => demand(rules?.security?.mtls)],
  [
    'security.secret-store',
    ({ rules }) =>
      rules?.security?.secretStore === 'Off' ? 'silences' : when(rules?.security?.secretStore !== undefined),
  ],
  ['security.exposed-service', ({ rules }) => when(rules?.security?.serviceTypes !== undefined)],
  ['security.dapr-version', ({ rules }) => when(rules?.security?.minDaprVersion !== undefined)],
  ['endpoint.not-allowed', ({ rules }) => when(rules?.endpoints !== undefined)],
  ['workload.kind-not-allowed', ({ rules }) => when(rules?.workloads !== undefined)],
  ['env.conflict', ({ defaults }) => when(defaults?.onExistingEnv === 'Deny')],
])

/** Rules that nobody speaks of but a policy that has the part. */
const ONLY_BY_PART: ReadonlySet<RuleId> = new Set([
  'identity.not-bound',
  'capacity.workloads',
  'capacity.pods',
  'security.dapr-version',
  'endpoint.not-allowed',
  'workload.kind-not-allowed',
])

export function partOf(spec: PolicySpec, rule: RuleId): Part {
  return PARTS.get(rule)?.(spec) ?? 'absent'
}

/** Whether a policy that has no part for a rule has no say in it at all. */
export function needsPart(rule: RuleId): boolean {
  return ONLY_BY_PART.has(rule)
}
