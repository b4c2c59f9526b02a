import type { Fleet, Governed } from './fleet.ts'

// The resources of shared.dapr.io of a fleet. Every policy has all parts of `rules`, so that each rule has its say in each.

const API_VERSION = 'shared.dapr.io/v1alpha1'
const LONGEST_LIST = 64
const DAY_MS = 24 * 60 * 60 * 1000

/** A label that every namespace has, and those that the policy with the longest lists selects by. */
export const NAMESPACE_LABELS: Readonly<Record<string, string>> = {
  env: 'prod',
  exceptions: 'allowed',
  ...Object.fromEntries(many(16, (index) => [`bench.example.com/label-${index}`, 'yes'])),
}

/** The `index`th policy of a fleet: first those that match, then the others. */
export function policyOf(index: number, { governed = NONE, namespaces }: Fleet): object {
  const { matching, demands, rbac } = governed
  const matches = index < matching
  return resource('DaprSharedPolicy', `policy-${String(index).padStart(4, '0')}`, '', {
    match: matches ? (demands === 'bounds' ? longMatch() : matchOf(index)) : mismatchOf(index),
    validationActions: [isRollOut(index) ? 'Audit' : 'Deny'],
    scopedActions: [{ points: ['Workload'], actions: ['Warn'] }],
    exceptions: { namespaceSelector: { matchLabels: { exceptions: 'allowed' } } },
    priority: index % 7,
    ...(index % 4 === 0 ? { defaults: demands === 'bounds' ? longDefaults() : defaultsOf(index) } : {}),
    rules: RULES[demands](index, { namespaces, rbac }),
    overrides: overridesOf(index),
  })
}

export function policyCount({ governed = NONE }: Fleet): number {
  return governed.matching + (governed.others ?? 0)
}

/** One for each namespace: its neighbour may use what runs there. */
export function grantOf(index: number, { namespaces }: Fleet): object {
  const from = [...many(8, (n) => `partner-${n}`), `team-${(index + 1) % namespaces}`]
  return resource('DaprSharedGrant', 'neighbours', `team-${index}`, {
    appIds: ['billing-*', 'app-*'],
    from: from.map((namespace) => ({ namespace, serviceAccounts: ['orders', 'default'] })),
  })
}

/** One for each namespace: it excuses what the policies with `node: Require` find. */
export function exceptionOf(index: number, fleet: Fleet): object {
  const strict = many(policyCount(fleet), (policy) => policy)
    .filter(isNodeStrict)
    .slice(0, LONGEST_LIST)
  return resource('DaprSharedException', 'until-daemonsets-are-local', `team-${index}`, {
    policies: strict.map((policy) => ({
      name: `policy-${String(policy).padStart(4, '0')}`,
      rules: ['locality.not-local'],
    })),
    subjects: {
      workloads: [
        { kind: 'CronJob', name: 'report' },
        { kind: 'Deployment', name: 'checkout' },
      ],
      serviceAccounts: ['orders', 'default'],
    },
    reason: 'The chart cannot set internalTrafficPolicy yet.',
    reference: 'OPS-123',
    expiresAt: new Date(Date.now() + 90 * DAY_MS).toISOString(),
  })
}

const NONE: Governed = { matching: 0, demands: 'kept' }

/** Rolled out step by step: these only record what they find. */
const isRollOut = (index: number): boolean => index % 10 === 3
const isNodeStrict = (index: number): boolean => index % 10 === 0

/** Each way of matching in turn; all of them match. */
function matchOf(index: number): object {
  const ways = [
    { excludeNamespaces: ['sandbox'] },
    { namespaceSelector: { matchLabels: { env: 'prod' } } },
    {
      appIds: ['orders', 'app-*'],
      objectSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
    },
    { workloadKinds: ['Deployment', 'Job'], serviceAccounts: ['orders', 'default'] },
    { namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'In', values: ['prod', 'stage'] }] } },
  ]
  return ways[index % ways.length] ?? {}
}

/** As {@link matchOf}; none of them matches. */
function mismatchOf(index: number): object {
  const ways = [
    { namespaceSelector: { matchLabels: { env: 'stage' } } },
    { appIds: ['orders', 'billing-*'] },
    { workloadKinds: ['CronJob', 'Rollout.argoproj.io'] },
    { objectSelector: { matchLabels: { app: 'billing' } }, serviceAccounts: ['default'] },
    { serviceAccounts: ['orders'] },
  ]
  return ways[index % ways.length] ?? {}
}

/** What holds stands last, so that whoever looks for it looks at everything. */
function longMatch(): object {
  const values = many(LONGEST_LIST, (n) => `no-${n}`)
  const expressions = many(16, (n) => ({ key: `bench.example.com/label-${n}`, operator: 'NotIn', values }))
  return {
    namespaceSelector: {
      matchLabels: Object.fromEntries(
        Object.entries(NAMESPACE_LABELS).filter(([key]) => key.startsWith('bench.example.com/')),
      ),
      matchExpressions: expressions,
    },
    excludeNamespaces: values,
    objectSelector: { matchLabels: { app: 'checkout' }, matchExpressions: expressions },
    workloadKinds: [...many(LONGEST_LIST - 1, (n) => `Kind${n}.example.com`), 'Deployment'],
    serviceAccounts: [...values.slice(1), 'default'],
    appIds: [...many(LONGEST_LIST - 1, (n) => `no-${n}-*`), 'app-*'],
  }
}

function defaultsOf(index: number): object {
  return {
    onExistingEnv: 'Keep',
    env: [
      { name: 'SPIN_VARIABLE_DAPR_URL', from: 'HTTPEndpoint' },
      { name: 'ORDERS_APP_ID', from: 'AppID' },
    ],
    legacyEnv: index % 8 === 0 ? 'Enabled' : 'Disabled',
    skipContainers: ['log-agent'],
  }
}

function longDefaults(): object {
  return {
    env: many(LONGEST_LIST, (n) => ({ name: `BENCH_${n}`, from: 'HTTPEndpoint' })),
    legacyEnv: 'Enabled',
    initContainers: 'Disabled',
    skipContainers: many(LONGEST_LIST, (n) => `no-${n}`),
  }
}

function overridesOf(index: number): object[] {
  if (index % 5 !== 0) return []
  return [
    { rule: 'instance.not-ready', action: 'Deny', message: 'Ask the platform team: {appId} has no replica' },
    {
      rule: 'strategy.not-allowed',
      severity: 'Critical',
      message: '{policy} wants another strategy for {appId}',
    },
    { rule: 'security.secret-store', action: 'Audit', severity: 'Low' },
  ]
}

type RulesOf = (index: number, fleet: { namespaces: number; rbac: true | undefined }) => object

const RULES: Readonly<Record<Governed['demands'], RulesOf>> = {
  kept: (index, { namespaces, rbac }) => ({
    strategies: { allowed: ['DaemonSet', 'External'] },
    instance: { minReadyReplicas: 1 + (index % 3), inUse: 'Warn' },
    locality: { node: 'Any' },
    crossNamespace: { mode: 'RequireGrant' },
    identity: {
      bindings: [...many(8, otherTeam), ...(index % 5 === 1 ? everybody(namespaces) : [])],
      unlisted: rbac && index % 5 === 2 ? 'RBAC' : 'Allow',
    },
    capacity: { maxWorkloads: 100, maxPods: 5000, maxPodsPerReplica: 1000 },
    sidecar: { conflict: 'Deny' },
    security: {
      apiToken: 'Required',
      mtls: 'Off',
      secretStore: 'Off',
      serviceTypes: ['ClusterIP'],
      minDaprVersion: '1.14',
    },
    endpoints: { allowedHosts: ['*.api.cloud.diagrid.io'], allowedSchemes: ['https'] },
    workloads: { allowedKinds: ['Deployment', 'Job', 'Service.serving.knative.dev'] },
  }),
  recorded: (index, fleet) => {
    const rules = RULES.kept(index, fleet)
    if (isNodeStrict(index)) return { ...rules, locality: { node: 'Require' } }
    return isRollOut(index) ? { ...rules, security: { mtls: 'Required', secretStore: 'Restricted' } } : rules
  },
  broken: (index) => ({
    strategies: { allowed: ['Deployment', 'External'] },
    instance: { minReadyReplicas: 4 + index, inUse: 'Deny' },
    locality: { node: 'Require' },
    crossNamespace: { mode: 'Deny' },
    identity: { bindings: many(8, otherTeam), unlisted: 'Deny' },
    capacity: { maxWorkloads: 0, maxPods: 0, maxPodsPerReplica: 0 },
    sidecar: { conflict: 'Deny' },
    security: {
      apiToken: 'Required',
      mtls: 'Required',
      secretStore: 'Restricted',
      serviceTypes: ['NodePort'],
      minDaprVersion: '99.0',
    },
    endpoints: { allowedHosts: ['*.api.cloud.diagrid.io'], allowedSchemes: ['https'] },
    workloads: { allowedKinds: ['Job', 'Service.serving.knative.dev'] },
  }),
  bounds: (index, fleet) => ({
    ...RULES.kept(index, fleet),
    identity: {
      bindings: [...many(LONGEST_LIST - 2, otherTeam), ...everybody(fleet.namespaces)].slice(-LONGEST_LIST),
      unlisted: 'Deny',
    },
    endpoints: {
      allowedHosts: many(LONGEST_LIST, (n) => `*.no-${n}.example.com`),
      allowedSchemes: ['http', 'https'],
    },
    workloads: { allowedKinds: [...many(LONGEST_LIST - 1, (n) => `Kind${n}.example.com`), 'Deployment'] },
  }),
}

/** A binding of app-ids that no pod of the benchmark asks for. */
function otherTeam(index: number): object {
  const serviceAccounts = many(4, (n) => ({ namespace: `other-${index}`, name: `account-${n}` }))
  return { appIds: [`other-${index}`, `other-${index}-*`], serviceAccounts }
}

/** Bindings of the default ServiceAccount of every namespace, as many as one list holds in each. */
function everybody(namespaces: number): object[] {
  return many(Math.ceil(namespaces / LONGEST_LIST), (chunk) => ({
    appIds: ['app-*'],
    serviceAccounts: many(Math.min(LONGEST_LIST, namespaces - chunk * LONGEST_LIST), (n) => ({
      namespace: `team-${chunk * LONGEST_LIST + n}`,
      name: 'default',
    })),
  }))
}

function resource(kind: string, name: string, namespace: string, spec: object): object {
  const metadata = {
    name,
    ...(namespace === '' ? {} : { namespace }),
    uid: `${kind}-${namespace}-${name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-21T06:38:45Z',
  }
  return { apiVersion: API_VERSION, kind, metadata, spec }
}

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
