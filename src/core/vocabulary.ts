/** The names that users see (docs/architecture.md "Vocabulary"): annotations, labels, environment variables. */

export const ANNOTATION = {
  shared: 'dapr.io/shared',
  namespace: 'dapr.io/shared-namespace',
  strategy: 'dapr.io/shared-strategy',
  containers: 'dapr.io/shared-containers',
  excludeContainers: 'dapr.io/shared-exclude-containers',
  status: 'dapr.io/shared-status',
  tokenSecret: 'dapr.io/shared-token-secret',
} as const

/** Dapr's own annotations, which decide about the sidecar and its identity. */
export const DAPR_ANNOTATION = { enabled: 'dapr.io/enabled', appId: 'dapr.io/app-id' } as const

/** The kubelet's mark on the API object of a static pod. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

export const LABEL = {
  appId: 'shared.dapr.io/app-id',
  appNamespace: 'shared.dapr.io/app-namespace',
  instance: 'shared.dapr.io/instance',
} as const

/** On an instance's workload, Service or DaprSharedInstance: it may be deleted although pods use it. */
export const ALLOW_DELETE = 'shared.dapr.io/allow-delete'

/** The labels that only this service sets on a pod; earned, never claimed. */
export const EARNED_LABELS = [LABEL.appId, LABEL.appNamespace] as const

export const ENV = {
  httpEndpoint: 'DAPR_HTTP_ENDPOINT',
  grpcEndpoint: 'DAPR_GRPC_ENDPOINT',
  apiToken: 'DAPR_API_TOKEN',
} as const

export const KNOWN_ANNOTATIONS: readonly string[] = Object.values(ANNOTATION)

/** Every key that starts so is ours; a key outside {@link KNOWN_ANNOTATIONS} is a typing mistake. */
export const ANNOTATION_PREFIX = 'dapr.io/shared'

/** Containers of other systems, which get no variables unless the pod names them. */
export const DEFAULT_SKIPPED_CONTAINERS: readonly string[] = [
  'daprd',
  'queue-proxy',
  'istio-proxy',
  'istio-init',
  'istio-validation',
  'linkerd-proxy',
  'linkerd-init',
  'linkerd-network-validator',
  'vault-agent',
  'vault-agent-init',
]

/** Namespaces that must come up without us, whatever their pods ask for. */
export const SYSTEM_NAMESPACES: readonly string[] = ['kube-system', 'kube-node-lease', 'kube-public']

/**
 * Who deletes what is gone already, or all of a namespace that ends: kept from it, the namespace would never end. The
 * last is both of them, where kube-controller-manager runs without --use-service-account-credentials.
 */
export const CLEANING_USERS: readonly string[] = [
  'system:serviceaccount:kube-system:namespace-controller',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:kube-controller-manager',
]

/** Where the service itself runs unless told otherwise. */
export const SERVICE_NAMESPACE = 'dapr-shared-system'

/** What Dapr's own code takes for "yes" (dapr/kit utils.IsTruthy). */
const TRUTHY: ReadonlySet<string> = new Set(['y', 'yes', 'true', 't', 'on', '1'])

/** @returns whether Dapr would read `value` as true; any case, no trimming */
export function isTruthy(value: string | undefined): boolean {
  return value !== undefined && TRUTHY.has(value.toLowerCase())
}
