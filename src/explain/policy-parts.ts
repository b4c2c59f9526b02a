import type { InstanceAsk } from '../core/ask.ts'
import { endpointHost, type Instance } from '../core/instance.ts'
import { annotationOf, serviceAccountOf } from '../core/pod.ts'
import type { Policy, PolicyRules } from '../core/policy.ts'
import { quote } from '../core/quote.ts'
import type { RuleId } from '../core/rules.ts'
import { DAPR_ANNOTATION } from '../core/vocabulary.ts'
import type { End, Trace } from './trace.ts'

/** A part of `spec.rules`, and how it comes to speak. */
export interface Part {
  readonly path: string
  readonly has: (rules: PolicyRules) => boolean
  readonly rules: readonly RuleId[]
  /** it is judged where the decision comes at least as far */
  readonly from: End
  /** why it has nothing to say of such a pod or instance */
  readonly idle?: (seen: Seen) => string | undefined
  /** what satisfied it */
  readonly seen: (seen: Seen) => string
}

/** What a part looks at. */
export interface Seen {
  readonly trace: Trace
  readonly policy: Policy
  readonly ask: InstanceAsk
  readonly instance: Instance | undefined
}

const isExternal = ({ instance }: Seen): string | undefined =>
  instance?.strategy === 'external' ? 'the instance is external' : undefined

const turnedOff =
  (isOff: (rules: PolicyRules) => boolean) =>
  (seen: Seen): string | undefined =>
    isOff(seen.policy.rules) ? 'it demands nothing' : isExternal(seen)

/** Every part of `spec.rules`, in the order in which a decision comes to them. */
export const PARTS: readonly Part[] = [
  {
    path: 'sidecar',
    has: ({ sidecar }) => sidecar !== undefined,
    rules: ['sidecar.conflict'],
    from: 'annotations',
    seen: ({ trace }) =>
      `the pod has no container daprd, and ${DAPR_ANNOTATION.enabled} is ${shown(annotationOf(trace.asked.pod, DAPR_ANNOTATION.enabled))}`,
  },
  {
    path: 'workloads.allowedKinds',
    has: ({ workloadKinds }) => workloadKinds !== undefined,
    rules: ['workload.kind-not-allowed'],
    from: 'sidecar',
    seen: ({ trace }) => {
      const owners = trace.governed.facts.owners()
      const top = owners?.known === true ? owners.value.at(-1) : undefined
      return top === undefined ? 'bare pods are allowed' : `a ${top.kind} is allowed`
    },
  },
  {
    path: 'crossNamespace',
    has: ({ crossNamespace }) => crossNamespace !== undefined,
    rules: ['namespace.not-granted'],
    from: 'grant',
    idle: ({ ask, trace }) =>
      ask.namespace === trace.asked.namespace ? "the instance is in the pod's own namespace" : undefined,
    seen: ({ ask, policy }) =>
      policy.rules.crossNamespace === 'Allow'
        ? 'it allows instances of other namespaces'
        : `a grant in namespace ${quote(ask.namespace)} names the pod`,
  },
  {
    path: 'identity',
    has: ({ identity }) => identity !== undefined,
    rules: ['identity.not-bound'],
    from: 'instance',
    seen: ({ ask, policy, trace }) => {
      const account = quote(`${trace.asked.namespace}/${serviceAccountOf(trace.asked.pod)}`)
      const named = policy.rules.identity?.bindings.some(({ appIds }) => appIds(ask.appId)) === true
      if (named) return `ServiceAccount ${account} is bound to ${quote(ask.appId)}`
      return policy.rules.identity?.unlisted === 'RBAC'
        ? `RBAC lets ServiceAccount ${account} use ${quote(ask.appId)}`
        : `no binding names ${quote(ask.appId)}, and unlisted is Allow`
    },
  },
  {
    path: 'strategies',
    has: ({ strategies }) => strategies !== undefined,
    rules: ['strategy.not-allowed'],
    from: 'whole',
    seen: ({ instance }) => `the instance's strategy is ${instance?.strategy ?? ''}`,
  },
  {
    path: 'instance.minReadyReplicas',
    has: ({ minReadyReplicas }) => minReadyReplicas !== undefined,
    rules: ['instance.not-ready'],
    from: 'whole',
    idle: turnedOff(({ minReadyReplicas }) => minReadyReplicas === 0),
    seen: ({ instance }) =>
      instance?.readiness.known === true
        ? `${instance.readiness.ready} replicas are ready`
        : 'how many replicas are ready is not known',
  },
  {
    path: 'instance.inUse',
    has: ({ inUse }) => inUse !== undefined,
    rules: ['instance.in-use'],
    from: 'annotations',
    idle: () => 'it judges changes of instances, not pods',
    seen: () => '',
  },
  {
    path: 'locality',
    has: ({ node }) => node !== undefined,
    rules: ['locality.not-local', 'locality.uncovered'],
    from: 'whole',
    idle: turnedOff(({ node }) => node === 'Any'),
    seen: ({ instance }) =>
      `the instance is a ${instance?.strategy ?? ''} whose Service is ${LOCALITY[instance?.traits?.locality ?? 'Spread']}, on every node that the pod may land on`,
  },
  {
    path: 'capacity',
    has: ({ capacity }) => capacity !== undefined,
    rules: ['capacity.workloads', 'capacity.pods'],
    from: 'whole',
    seen: ({ instance, trace }) => {
      const fact = instance && trace.governed.facts.consumers(instance.namespace, instance.appId)
      return fact?.known === true
        ? `the instance has ${fact.value.pods} pods of ${fact.value.workloads.size} workloads`
        : 'there is room'
    },
  },
  {
    path: 'security.apiToken',
    has: ({ apiToken }) => apiToken !== undefined,
    rules: ['security.api-token'],
    from: 'whole',
    idle: ({ policy }) => (policy.rules.apiToken === 'Off' ? 'it demands nothing' : undefined),
    seen: () => 'the instance has an API token',
  },
  {
    path: 'security.mtls',
    has: ({ mtls }) => mtls !== undefined,
    rules: ['security.mtls'],
    from: 'whole',
    idle: turnedOff(({ mtls }) => mtls === 'Off'),
    seen: () => 'the instance has mTLS on',
  },
  {
    path: 'security.secretStore',
    has: ({ secretStore }) => secretStore !== undefined,
    rules: ['security.secret-store'],
    from: 'whole',
    idle: turnedOff(({ secretStore }) => secretStore === 'Off'),
    seen: () => "the instance's Kubernetes secret store is off",
  },
  {
    path: 'security.serviceTypes',
    has: ({ serviceTypes }) => serviceTypes !== undefined,
    rules: ['security.exposed-service'],
    from: 'whole',
    idle: isExternal,
    seen: ({ instance }) => `the Service is of type ${instance?.traits?.serviceType ?? ''}`,
  },
  {
    path: 'security.minDaprVersion',
    has: ({ minDaprVersion }) => minDaprVersion !== undefined,
    rules: ['security.dapr-version'],
    from: 'whole',
    idle: isExternal,
    seen: ({ instance }) =>
      `daprd is ${instance?.traits?.daprVersion?.join('.') ?? 'of a version that nobody knows'}`,
  },
  {
    path: 'endpoints',
    has: ({ endpoints }) => endpoints !== undefined,
    rules: ['endpoint.not-allowed'],
    from: 'whole',
    idle: ({ instance }) =>
      instance?.strategy === 'external' ? undefined : 'the instance runs in the cluster',
    seen: ({ instance }) => `its hosts are ${hostsOf(instance)}`,
  },
]

const LOCALITY = {
  Local: 'node-local',
  Preferred: 'node-local where it can be',
  Spread: 'spread over all nodes',
} as const

function hostsOf(instance: Instance | undefined): string {
  if (instance === undefined) return 'none'
  const hosts = new Set([instance.httpEndpoint, instance.grpcEndpoint].map(endpointHost))
  return [...hosts].map(quote).join(' and ')
}

function shown(value: string | undefined): string {
  return value === undefined ? 'absent' : quote(value)
}
