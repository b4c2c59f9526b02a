import { exception, grant, instance, policy, type ResourceCase } from './resource-case.ts'

/** What both our reader and an API server must take. */

const LONG_LABEL = 'l'.repeat(63)
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))
const padded = (index: number): string => String(index).padStart(2, '0')

/** 63 characters of a label, of which the last two tell it apart. */
const label = (index: number): string => `${LONG_LABEL.slice(2)}${padded(index)}`
/** 253 characters of a name. */
const longName = (index: number): string =>
  `${`${LONG_LABEL}.`.repeat(3)}${LONG_LABEL.slice(4)}${padded(index)}`
const appId = (index: number): string => `${'a'.repeat(55)}-${padded(index)}`
const kind = (index: number): string => `Kind${padded(index)}.${longName(0)}`
const names = many(64, longName)
const appIds = [...many(63, appId), '*']

const selector = {
  matchLabels: Object.fromEntries(many(16, (i) => [`${longName(i)}/${LONG_LABEL}`, LONG_LABEL])),
  matchExpressions: many(16, (i) => ({
    key: `${longName(i)}/${LONG_LABEL}`,
    operator: i % 2 === 0 ? 'In' : 'NotIn',
    values: many(64, label),
  })),
}

export const EVERY_LIST_AT_ITS_BOUND = policy({
  match: {
    namespaceSelector: selector,
    excludeNamespaces: many(64, label),
    objectSelector: selector,
    workloadKinds: many(64, kind),
    serviceAccounts: names,
    appIds,
  },
  validationActions: ['Warn', 'Audit'],
  scopedActions: many(16, () => ({
    points: ['Pod', 'Workload', 'Audit', 'CLI'],
    actions: ['Deny', 'Audit'],
  })),
  failurePolicy: 'Ignore',
  exceptions: { namespaceSelector: selector },
  priority: 1_000_000,
  defaults: {
    onExistingEnv: 'Override',
    env: many(64, (i) => ({ name: `${'V'.repeat(251)}${padded(i)}`, from: 'HTTPEndpoint' })),
    legacyEnv: 'Enabled',
    initContainers: 'Disabled',
    skipContainers: many(64, label),
  },
  rules: {
    strategies: { allowed: ['DaemonSet', 'Deployment', 'External'] },
    instance: { minReadyReplicas: 10_000, inUse: 'Off' },
    locality: { node: 'Prefer' },
    crossNamespace: { mode: 'Allow' },
    identity: {
      bindings: many(64, () => ({
        appIds: appIds.slice(-16),
        serviceAccounts: many(16, (i) => ({ namespace: label(i), name: `orders-${padded(i)}` })),
      })),
      unlisted: 'RBAC',
    },
    capacity: { maxWorkloads: 1_000_000, maxPods: 1_000_000, maxPodsPerReplica: 1_000_000 },
    sidecar: { conflict: 'PreferShared' },
    security: {
      apiToken: 'Required',
      mtls: 'Preferred',
      secretStore: 'Restricted',
      serviceTypes: ['ClusterIP', 'NodePort', 'LoadBalancer'],
      minDaprVersion: '9999.9999.9999',
    },
    endpoints: { allowedHosts: names.map((name) => `*.${name}`), allowedSchemes: ['http', 'https'] },
    workloads: { allowedKinds: many(64, kind) },
  },
  overrides: many(64, (i) => ({
    rule: `${'r'.repeat(50)}.${String.fromCodePoint(97 + (i % 26), 97 + Math.floor(i / 26))}`,
    action: 'Audit',
    severity: 'Info',
    message: 'm'.repeat(512),
  })),
})

const EXTERNAL =
  '{httpEndpoint: "https://http-prj1.api.cloud.diagrid.io:443", grpcEndpoint: "https://grpc-prj1.api.cloud.diagrid.io:443"'

export const VALID_RESOURCES: readonly ResourceCase[] = [
  { name: 'a policy that says nothing', object: policy('{}') },
  { name: 'a policy with every list at its bound', object: EVERY_LIST_AT_ITS_BOUND },
  {
    name: 'the policy of the reference',
    object: policy(`
match:
  namespaceSelector: {matchLabels: {env: prod}}
  excludeNamespaces: [sandbox]
  objectSelector: {}
  workloadKinds: [Deployment, Job, Rollout.argoproj.io]
  serviceAccounts: [orders]
  appIds: [orders, "billing-*"]
validationActions: [Deny]
scopedActions:
- {points: [Workload], actions: [Warn]}
failurePolicy: Fail
exceptions: {namespaceSelector: {matchLabels: {exceptions: allowed}}}
priority: 0
defaults:
  onExistingEnv: Keep
  env:
  - {name: SPIN_VARIABLE_DAPR_URL, from: HTTPEndpoint}
  legacyEnv: Disabled
  initContainers: Enabled
  skipContainers: [log-agent]
rules:
  strategies: {allowed: [DaemonSet, Deployment, External]}
  instance: {minReadyReplicas: 1, inUse: Warn}
  locality: {node: Require}
  crossNamespace: {mode: RequireGrant}
  identity:
    bindings:
    - {appIds: [orders], serviceAccounts: [{namespace: shop, name: orders}]}
    unlisted: Deny
  capacity: {maxWorkloads: 1, maxPods: 50, maxPodsPerReplica: 25}
  sidecar: {conflict: Deny}
  security: {apiToken: Required, mtls: Preferred, secretStore: Restricted, serviceTypes: [ClusterIP], minDaprVersion: "1.14"}
  endpoints: {allowedHosts: ["*.api.cloud.diagrid.io"], allowedSchemes: [https]}
  workloads: {allowedKinds: [Deployment, Job, Service.serving.knative.dev]}
overrides:
- {rule: instance.not-ready, action: Deny, severity: High, message: "Ask the platform team: {appId} in {namespace} has no ready replica"}
`),
  },
  {
    name: 'fields with nothing behind them, as templates leave them',
    object: policy('{priority: , validationActions: , match: {appIds: [orders], serviceAccounts: }}'),
  },
  {
    name: 'a selector of nothing, which takes everything',
    object: policy('{exceptions: {namespaceSelector: {}}}'),
  },
  {
    name: 'a label without a value, in quotes',
    object: policy('{match: {namespaceSelector: {matchLabels: {"example.com/Team_1.a": ""}}}}'),
  },
  {
    name: 'all operators of a selector',
    object: policy(`
match:
  objectSelector:
    matchExpressions:
    - {key: a, operator: In, values: [b, ""]}
    - {key: a, operator: NotIn, values: [b]}
    - {key: a, operator: Exists}
    - {key: a, operator: DoesNotExist, values: []}
`),
  },
  { name: 'every app-id', object: policy('{match: {appIds: ["*"]}}') },
  {
    name: 'lists that may be empty',
    object: policy(
      '{scopedActions: [], overrides: [], defaults: {env: []}, rules: {identity: {bindings: []}}}',
    ),
  },
  {
    name: 'an empty part that has a default',
    object: policy('{rules: {sidecar: {}, locality: {}, crossNamespace: {}, identity: {}, instance: {}}}'),
  },
  {
    name: 'limits of nothing',
    object: policy('{rules: {instance: {minReadyReplicas: 0}, capacity: {maxPods: 0}}}'),
  },
  { name: 'a negative priority', object: policy('{priority: -1000000}') },
  { name: 'a whole number written as a fraction', object: policy('{priority: 1.0}') },
  { name: 'a version with a patch', object: policy('{rules: {security: {minDaprVersion: "1.14.3"}}}') },
  {
    name: 'a rule that this version does not know, and rules that cannot be lowered, raised',
    object: policy(
      '{overrides: [{rule: some-day.may-be, action: Warn}, {rule: label.forged, action: Deny}, {rule: namespace.not-granted, severity: Critical}]}',
    ),
  },
  {
    name: 'a message in another script, as long as it may be',
    object: policy({
      overrides: [{ rule: 'instance.missing', message: `${'\u{1F600}'.repeat(499)} {instance}  ` }],
    }),
  },
  {
    name: 'metadata as a cluster exports it',
    object: {
      ...policy('{}', {
        name: 'prod.baseline',
        labels: { 'app.kubernetes.io/name': 'x', empty: '', nothing: null },
        annotations: { 'example.com/a': 'b' },
        creationTimestamp: null,
        generation: 3,
        managedFields: null,
      }),
      status: { observedGeneration: 1, conditions: [] },
    },
  },
  {
    name: 'a grant',
    object: grant(
      '{appIds: [orders, "pay-*", "*"], from: [{namespace: shop, serviceAccounts: [orders]}, {namespace: pay}]}',
    ),
  },
  {
    name: 'an exception',
    object: exception(
      '{policies: [{name: prod-baseline, rules: [strategy.not-allowed]}], subjects: {appIds: [cart], workloads: [{kind: Deployment, name: cart}, {kind: Job, name: cart}], serviceAccounts: [cart]}, reason: "Moves in January", reference: OPS-123, expiresAt: "2027-01-31T00:00:00Z"}',
    ),
  },
  {
    name: 'an exception that ends on a leap day, by another clock',
    object: exception(
      '{policies: [{name: p, rules: [capacity.pods]}], subjects: {appIds: [cart]}, reason: "\u00fc", expiresAt: "2028-02-29T23:59:59.123456789+14:00"}',
    ),
  },
  {
    name: 'an instance with a token',
    object: instance(
      `{appId: orders, external: ${EXTERNAL}, apiTokenSecret: {name: catalyst-orders, key: ..token_1}}}`,
    ),
  },
  {
    name: 'an instance on a machine nearby',
    object: instance(
      '{appId: a1-b, external: {httpEndpoint: "http://vm-1:3500", grpcEndpoint: "http://x1.vm:65535"}}',
      'a1-b',
    ),
  },
]
