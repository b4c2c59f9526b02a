import { WRITTEN_DEFAULTS } from './default-values.ts'
import { hostPattern } from './endpoint.ts'
import { appIdPattern, dnsLabel, dnsSubdomain, workloadKind } from './names.ts'
import { list, listByKeys, part, setOf } from './parts.ts'
import { oneOf, text, wholeNumber } from './text.ts'

const strategies = part(
  'Which kinds of instance may be used (strategy.not-allowed).',
  {
    allowed: setOf(
      'The allowed strategies.',
      oneOf('DaemonSet (an instance on every node), Deployment, or External (outside the cluster).', [
        'DaemonSet',
        'Deployment',
        'External',
      ]),
      { max: 3 },
    ).exactOptional(),
  },
  { notEmpty: true },
)

const instance = part('What an instance must be able to do, and how it is protected.', {
  minReadyReplicas: wholeNumber(
    'How many replicas must be ready for a pod to be admitted (instance.not-ready). Absent: one, as without a policy.',
    { min: 0, max: 10_000 },
  ).exactOptional(),
  inUse: oneOf(
    'What happens when an instance that has consumers is deleted or gets another app-id (instance.in-use): Warn, Deny, or "Off", in quotes.',
    ['Off', 'Warn', 'Deny'],
  )
    .meta({ default: WRITTEN_DEFAULTS.inUse })
    .exactOptional(),
})

const locality = part('Where the instance must run.', {
  node: oneOf(
    "Whether it must be on the pod's own node: Any, Prefer (warns at most) or Require (locality.not-local, locality.uncovered).",
    ['Any', 'Prefer', 'Require'],
  )
    .meta({ default: WRITTEN_DEFAULTS.node })
    .exactOptional(),
})

const crossNamespace = part("Use of another namespace's instance (namespace.not-granted).", {
  mode: oneOf(
    "Deny forbids it, RequireGrant needs a DaprSharedGrant in the instance's namespace, Allow permits it without one.",
    ['Deny', 'RequireGrant', 'Allow'],
  )
    .meta({ default: WRITTEN_DEFAULTS.mode })
    .exactOptional(),
})

const identity = part('Which ServiceAccounts may use which app-ids (identity.not-bound).', {
  bindings: list(
    'Who may use what. An app-id that several bindings name may be used by the ServiceAccounts of each.',
    part('One binding of app-ids to ServiceAccounts.', {
      appIds: setOf(
        'The app-ids.',
        appIdPattern('An app-id, or the beginning of app-ids with a * at the end.'),
      ),
      serviceAccounts: listByKeys(
        'The ServiceAccounts that may use them.',
        part('One ServiceAccount.', {
          namespace: dnsLabel('Its namespace.'),
          name: dnsSubdomain('Its name.'),
        }),
        ['namespace', 'name'],
        { min: 1 },
      ),
    }),
  ).exactOptional(),
  unlisted: oneOf(
    "App-ids that no binding names: Deny, Allow, or RBAC, which asks the cluster whether the pod's ServiceAccount may `use` the daprsharedinstances of that name.",
    ['Deny', 'Allow', 'RBAC'],
  )
    .meta({ default: WRITTEN_DEFAULTS.unlisted })
    .exactOptional(),
})

const capacity = part(
  'How much may use one instance (capacity.workloads, capacity.pods).',
  {
    maxWorkloads: wholeNumber(
      'The most workloads; a workload counts once however many pods it has, and never against its own.',
      { min: 0, max: 1_000_000 },
    ).exactOptional(),
    maxPods: wholeNumber('The most pods. Leave room for those that a rolling update adds.', {
      min: 0,
      max: 1_000_000,
    }).exactOptional(),
    maxPodsPerReplica: wholeNumber(
      'The most pods for each replica that the instance is meant to have, ready or not.',
      {
        min: 0,
        max: 1_000_000,
      },
    ).exactOptional(),
  },
  { notEmpty: true },
)

const sidecar = part('Pods that also ask for a Dapr sidecar (sidecar.conflict).', {
  conflict: oneOf(
    'Deny refuses them, PreferSidecar leaves them without injection, PreferShared sets their dapr.io/enabled to "false".',
    ['Deny', 'PreferSidecar', 'PreferShared'],
  )
    .meta({ default: WRITTEN_DEFAULTS.conflict })
    .exactOptional(),
})

const POSTURE = ['Required', 'Preferred', 'Off'] as const

const security = part(
  'How safe the instance itself must be. Required takes the action of this policy, Preferred warns at most, "Off" is silent. It needs its quotes: without them YAML reads a boolean.',
  {
    apiToken: oneOf('Whether it asks its callers for a token (security.api-token).', POSTURE).exactOptional(),
    mtls: oneOf('Whether it speaks mTLS with other Dapr services (security.mtls).', POSTURE).exactOptional(),
    secretStore: oneOf(
      'Restricted demands that it runs without Dapr\'s built-in Kubernetes secret store (security.secret-store); "Off" is silent.',
      ['Restricted', 'Off'],
    ).exactOptional(),
    serviceTypes: setOf(
      'The types that its Service may have (security.exposed-service).',
      oneOf('A type of Service.', ['ClusterIP', 'NodePort', 'LoadBalancer']),
      { max: 3 },
    ).exactOptional(),
    minDaprVersion: text(
      'The oldest version of Dapr that it may run, by the tag of its image, such as "1.14" or "1.14.3" (security.dapr-version).',
      {
        max: 14,
        pattern: /^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})(\.(0|[1-9][0-9]{0,3}))?$/,
        wanted: 'a version in quotes, such as "1.14" or "1.14.3"',
      },
    ).exactOptional(),
  },
  { notEmpty: true },
)

const endpoints = part(
  'Where external instances may be (endpoint.not-allowed). Instances in the cluster are not concerned.',
  {
    allowedHosts: setOf(
      'The allowed hosts. Absent: any.',
      hostPattern('A DNS name, or *.example.com for every name below example.com.'),
    ).exactOptional(),
    allowedSchemes: setOf(
      'The allowed schemes, in lower case. Absent: both.',
      oneOf('A scheme: http or https.', ['http', 'https']),
      { max: 2 },
    ).exactOptional(),
  },
  { notEmpty: true },
)

const workloads = part(
  'What may use an instance (workload.kind-not-allowed).',
  {
    allowedKinds: setOf(
      'Kinds of the workload at the top; Pod for a pod that no workload made.',
      workloadKind(
        'Kind, or Kind.group outside the groups core, apps and batch, such as Service.serving.knative.dev.',
      ),
    ).exactOptional(),
  },
  { notEmpty: true },
)

export const policyRules = part(
  'What is demanded of the pods and of the instances that they use. A part that is absent demands nothing.',
  {
    strategies: strategies.exactOptional(),
    instance: instance.exactOptional(),
    locality: locality.exactOptional(),
    crossNamespace: crossNamespace.exactOptional(),
    identity: identity.exactOptional(),
    capacity: capacity.exactOptional(),
    sidecar: sidecar.exactOptional(),
    security: security.exactOptional(),
    endpoints: endpoints.exactOptional(),
    workloads: workloads.exactOptional(),
  },
  { notEmpty: true },
)
