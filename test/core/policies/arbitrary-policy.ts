import * as fc from 'fast-check'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'

type Rules = NonNullable<PolicySpec['rules']>
type Match = NonNullable<PolicySpec['match']>
type Defaults = NonNullable<PolicySpec['defaults']>

const ACTION = fc.constantFrom('Deny' as const, 'Warn' as const, 'Audit' as const)
const OVERRIDABLE = [
  'annotation.invalid',
  'instance.missing',
  'instance.not-ready',
  'strategy.not-allowed',
  'sidecar.conflict',
  'env.conflict',
  'token.unreachable',
  'security.api-token',
  'locality.not-local',
  'workload.kind-not-allowed',
]

/** Parts that can only tighten, and only where all of it is meant. */
export function tighteningSpec(): fc.Arbitrary<PolicySpec> {
  return spec(tighteningRules())
}

/** Whatever a policy may say. */
export function anySpec(): fc.Arbitrary<PolicySpec> {
  return fc
    .tuple(spec(anyRules()), overrides(), defaults())
    .map(([base, own, block]) => ({ ...base, ...own, ...block }))
}

function spec(rules: fc.Arbitrary<Rules>): fc.Arbitrary<PolicySpec> {
  return fc.record(
    {
      match: match(),
      validationActions: ACTION.map((action) => [action]),
      scopedActions: fc
        .tuple(fc.constantFrom('Pod' as const, 'Workload' as const, 'Audit' as const, 'CLI' as const), ACTION)
        .map(([point, action]) => [{ points: [point], actions: [action] }]),
      failurePolicy: fc.constantFrom('Fail' as const, 'Ignore' as const),
      exceptions: fc.constant({ namespaceSelector: {} }),
      rules: rules.filter((value) => Object.keys(value).length > 0),
    },
    { requiredKeys: [] },
  )
}

function match(): fc.Arbitrary<Match> {
  return fc
    .record<Match>(
      {
        appIds: fc.constantFrom<string[][]>(['*'], ['ord*'], ['orders'], ['stock']),
        workloadKinds: fc.constantFrom<string[][]>(['Deployment'], ['Pod'], ['Deployment', 'Pod']),
        serviceAccounts: fc.constantFrom<string[][]>(['default'], ['orders']),
        excludeNamespaces: fc.constantFrom<string[][]>(['shop'], ['other']),
        objectSelector: fc.constantFrom({}, { matchLabels: { app: 'web' } }),
      },
      { requiredKeys: [] },
    )
    .filter((value) => Object.keys(value).length > 0)
}

function tighteningRules(): fc.Arbitrary<Rules> {
  return fc.record<Rules>(
    {
      strategies: fc.constantFrom({ allowed: ['DaemonSet'] }, { allowed: ['Deployment', 'External'] }),
      instance: fc.constantFrom({ minReadyReplicas: 1 }, { minReadyReplicas: 3 }),
      locality: fc.constantFrom({ node: 'Prefer' }, { node: 'Require' }),
      crossNamespace: fc.constantFrom({ mode: 'Deny' }, { mode: 'RequireGrant' }),
      identity: fc.constantFrom({}, { unlisted: 'RBAC' }, { unlisted: 'Allow' }),
      capacity: fc.constantFrom({ maxWorkloads: 1 }, { maxPods: 2 }, { maxPodsPerReplica: 1 }),
      security: fc.constantFrom<NonNullable<Rules['security']>>(
        { apiToken: 'Required' },
        { mtls: 'Preferred' },
        { secretStore: 'Restricted', serviceTypes: ['ClusterIP'] },
        { minDaprVersion: '1.14' },
      ),
      workloads: fc.constantFrom({ allowedKinds: ['Deployment'] }, { allowedKinds: ['Pod'] }),
    },
    { requiredKeys: [] },
  )
}

function anyRules(): fc.Arbitrary<Rules> {
  return fc
    .tuple(
      tighteningRules(),
      fc.record<Rules>(
        {
          sidecar: fc.constantFrom(
            { conflict: 'Deny' },
            { conflict: 'PreferSidecar' },
            { conflict: 'PreferShared' },
          ),
          crossNamespace: fc.constantFrom({ mode: 'Allow' }, { mode: 'RequireGrant' }),
          instance: fc.constantFrom({ minReadyReplicas: 0 }, { inUse: 'Deny' }),
          locality: fc.constantFrom({ node: 'Any' }, {}),
          security: fc.constantFrom({ apiToken: 'Off' }, { mtls: 'Off' }, { secretStore: 'Off' }),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([tight, loose]) => ({ ...tight, ...loose }))
}

function overrides(): fc.Arbitrary<PolicySpec> {
  return fc
    .uniqueArray(fc.constantFrom(...OVERRIDABLE), { maxLength: 3 })
    .chain((rules) =>
      fc.tuple(
        ...rules.map((rule) =>
          ACTION.map((action) => ({ rule, action, message: `About {appId} of {pod}: ${action}.` })),
        ),
      ),
    )
    .map((list) => (list.length === 0 ? {} : { overrides: list }))
}

function defaults(): fc.Arbitrary<PolicySpec> {
  return fc.record(
    {
      priority: fc.integer({ min: -2, max: 2 }),
      defaults: fc
        .record(
          {
            onExistingEnv: fc.constantFrom('Keep' as const, 'Override' as const, 'Deny' as const),
            env: fc.constantFrom<NonNullable<Defaults['env']>[]>(
              [{ name: 'URL', from: 'HTTPEndpoint' as const }],
              [
                { name: 'PATH', from: 'Host' as const },
                { name: 'A', from: 'AppID' as const },
              ],
            ),
            legacyEnv: fc.constantFrom('Enabled' as const, 'Disabled' as const),
            initContainers: fc.constantFrom('Enabled' as const, 'Disabled' as const),
            skipContainers: fc.constantFrom<string[][]>(['c1'], ['c0', 'i1']),
          },
          { requiredKeys: [] },
        )
        .filter((value) => Object.keys(value).length > 0),
    },
    { requiredKeys: [] },
  )
}
