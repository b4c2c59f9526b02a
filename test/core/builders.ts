import type { DaprdFacts, ServiceFacts, WorkloadFacts } from '../../src/core/cluster-facts.ts'
import type { Settings } from '../../src/core/settings.ts'
import { buildNamespace, type Inventory } from '../../src/core/inventory.ts'
import { ANYWHERE } from '../../src/core/placement.ts'
import { isPodProblem, readPod, type Container, type Pod } from '../../src/core/pod.ts'
import { DEFAULT_SKIPPED_CONTAINERS, SYSTEM_NAMESPACES } from '../../src/core/vocabulary.ts'

export const CLUSTER_DOMAIN = 'cluster.local'

export function settings(changes: Partial<Settings> = {}): Settings {
  return {
    skippedContainers: new Set(DEFAULT_SKIPPED_CONTAINERS),
    excludedNamespaces: new Set(SYSTEM_NAMESPACES),
    ...changes,
  }
}

/** A daprd that nothing is to be said of. */
export function aDaprd(changes: Partial<DaprdFacts> = {}): DaprdFacts {
  return {
    httpPort: 3500,
    grpcPort: 50_001,
    listenAddresses: [],
    token: { kind: 'secret', secret: { name: 'tokens', key: 'dapr-api-token' } },
    appChannel: undefined,
    mtls: true,
    secretStoreDisabled: true,
    sentryAddress: undefined,
    controlPlaneNamespace: undefined,
    schedulerByEnvOnly: false,
    livenessIsHealth: false,
    version: undefined,
    ...changes,
  }
}

export function aWorkload(changes: Partial<WorkloadFacts> = {}): WorkloadFacts {
  const { appId = 'orders' } = changes
  return {
    kind: 'DaemonSet',
    namespace: 'shop',
    name: appId,
    createdAt: '',
    deleting: false,
    appId,
    podLabels: { app: appId },
    namedPorts: new Map(),
    daprd: aDaprd(),
    issuerKeyConfigMap: undefined,
    readiness: { known: false },
    placement: ANYWHERE,
    ...changes,
  }
}

/** The Service of {@link aWorkload} with the same app-id. */
export function aService(appId: string, changes: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    namespace: 'shop',
    name: `${appId}-dapr`,
    selector: { app: appId },
    type: 'ClusterIP',
    headless: false,
    ports: [
      { name: 'dapr-http', port: 3500, targetPort: 3500, tcp: true },
      { name: 'dapr-grpc', port: 50_001, targetPort: 50_001, tcp: true },
    ],
    locality: 'Local',
    ipv6First: false,
    externalIps: false,
    sidecarAppId: undefined,
    ...changes,
  }
}

/** An inventory of these workloads, each behind its own Service. */
export function inventoryOf(...workloads: readonly WorkloadFacts[]): Inventory {
  const byNamespace = Map.groupBy(workloads, ({ namespace }) => namespace)
  return new Map(
    [...byNamespace].map(([namespace, own]) => [
      namespace,
      buildNamespace(
        {
          workloads: own,
          unusable: [],
          services: own.map(({ appId }) => aService(appId, { namespace })),
          externals: [],
        },
        CLUSTER_DOMAIN,
      ),
    ]),
  )
}

/** A pod of loose JSON, as it comes from a request. */
export function podOf(object: unknown): Pod {
  const pod = readPod(object)
  if (isPodProblem(pod)) throw new Error(`${pod.field}: wanted ${pod.wanted}`)
  return pod
}

export interface PodParts {
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
}

export function aPod({
  annotations = {},
  labels,
  containers = [{ name: 'app' }],
  initContainers,
}: PodParts = {}): Pod {
  return {
    metadata: { name: 'web', annotations, ...(labels === undefined ? {} : { labels }) },
    spec: { containers, ...(initContainers === undefined ? {} : { initContainers }) },
  }
}
