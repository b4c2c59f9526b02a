import type { ServiceFacts } from '../core/cluster-facts.ts'
import { endpointPort, instanceKey, type Instance } from '../core/instance.ts'
import type { Entry, Inventory } from '../core/inventory.ts'
import type { PolicySet } from '../core/policy.ts'
import { LABEL } from '../core/vocabulary.ts'

/** networking.k8s.io/v1 NetworkPolicy, as far as we write it. */
export interface NetworkPolicy {
  readonly apiVersion: 'networking.k8s.io/v1'
  readonly kind: 'NetworkPolicy'
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly podSelector: Selector
    readonly policyTypes: readonly ['Ingress']
    readonly ingress: readonly IngressRule[]
  }
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>
}

interface IngressRule {
  readonly from: readonly { readonly namespaceSelector?: Selector; readonly podSelector?: Selector }[]
  readonly ports: readonly { readonly protocol: 'TCP'; readonly port: number | string }[]
}

/** One instance: the NetworkPolicy that lets its consumers in, or why it has none. */
export interface Fence {
  readonly policy: NetworkPolicy | undefined
  /** what whoever applies it should know, each a sentence */
  readonly remarks: readonly string[]
}

/**
 * A NetworkPolicy for each instance, that lets in the pods which have both our labels for it. The labels are worth that
 * much only because a pod earns them by the very decision that injects it, and nobody else may set them.
 *
 * @param namespace of the instances, or all where there is none
 */
export function networkPolicies(
  inventory: Inventory,
  policies: PolicySet,
  namespace: string | undefined,
): Fence[] {
  return [...inventory]
    .filter(([name]) => namespace === undefined || name === namespace)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { entries, services }]) =>
      [...entries]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([appId, entry]) => fenceOf({ namespace: name, appId }, entry, services, policies)),
    )
}

function fenceOf(
  key: Pick<Instance, 'namespace' | 'appId'>,
  entry: Entry,
  services: ReadonlyMap<string, ServiceFacts>,
  policies: PolicySet,
): Fence {
  const none = (why: string): Fence => ({
    policy: undefined,
    remarks: [`${instanceKey(key)}: none, ${why}.`],
  })
  if (entry.kind === 'ambiguous') return none(`as ${entry.workloads.join(' and ')} claim it`)
  if (entry.kind === 'misconfigured') return none(`as ${entry.workload} cannot be reached: ${entry.reason}`)
  const { instance } = entry
  const service = services.get(instance.service ?? '')
  if (service === undefined) return none('as it runs outside of the cluster, where no NetworkPolicy reaches')
  const peers = daprPeers(instance, service)
  return {
    policy: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {
        name: `${instance.appId}-dapr-shared`,
        namespace: instance.namespace,
        labels: { 'app.kubernetes.io/managed-by': 'dapr-shared' },
      },
      spec: {
        podSelector: { matchLabels: service.selector },
        policyTypes: ['Ingress'],
        ingress: [
          { from: consumers(instance, policies), ports: apiPorts(instance, service) },
          ...peers.rules,
        ],
      },
    },
    remarks: peers.remarks.map((remark) => `${instanceKey(key)}: ${remark}.`),
  }
}

/**
 * The instance's own namespace, and those that its grants name. A ServiceAccount that a grant names needs no mention: a
 * pod that runs as another one does not earn the labels. Where a policy waives grants, the labels alone decide.
 */
function consumers({ namespace, appId }: Instance, policies: PolicySet): IngressRule['from'] {
  const podSelector = { matchLabels: { [LABEL.appId]: appId, [LABEL.appNamespace]: namespace } }
  const waived = policies.policies.some(
    ({ rules, match }) => rules.crossNamespace === 'Allow' && match.appIds?.(appId) !== false,
  )
  if (waived) return [{ namespaceSelector: {}, podSelector }]
  const granted = new Set(
    (policies.grants.get(namespace) ?? [])
      .filter(({ appIds }) => appIds(appId))
      .flatMap(({ from }) => from.map((one) => one.namespace)),
  )
  granted.delete(namespace)
  return [
    { podSelector },
    ...[...granted].toSorted().map((name) => ({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
      podSelector,
    })),
  ]
}

/** daprd's HTTP and gRPC API, where the pods listen: a NetworkPolicy sees traffic after the Service has led it there. */
function apiPorts(instance: Instance, service: ServiceFacts): IngressRule['ports'] {
  const targets = [instance.httpEndpoint, instance.grpcEndpoint].map((endpoint) => {
    const port = Number(endpointPort(endpoint))
    if (service.headless) return port
    return service.ports.find((one) => one.tcp && one.port === port)?.targetPort ?? port
  })
  return [...new Set(targets)].map((port) => ({ protocol: 'TCP', port }))
}

/** As the chart names the port on which other daprds deliver service invocation and actor calls. */
const INTERNAL = 'dapr-internal'

/**
 * Other daprds call from any pod with a sidecar, and no label of theirs is earned. With mTLS they prove who they are, so
 * the network need not; without it, whoever reached the port would be let through to the application.
 */
function daprPeers(
  { observations }: Instance,
  { ports }: ServiceFacts,
): { readonly rules: readonly IngressRule[]; readonly remarks: readonly string[] } {
  const internal = ports.find(({ name, tcp }) => name === INTERNAL && tcp)
  if (internal === undefined) return { rules: [], remarks: [] }
  if (observations.some(({ rule }) => rule === 'security.mtls')) {
    const remark = `other daprds are not let in (port ${internal.targetPort}), as it runs without mTLS and would not know them. Service invocation of its app-id and actor calls from outside fail`
    return { rules: [], remarks: [remark] }
  }
  return {
    rules: [{ from: [{ namespaceSelector: {} }], ports: [{ protocol: 'TCP', port: internal.targetPort }] }],
    remarks: [],
  }
}
