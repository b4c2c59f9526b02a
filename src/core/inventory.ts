import {
  workloadName,
  type ExternalFacts,
  type ServiceFacts,
  type UnusableWorkload,
  type WorkloadFacts,
} from './cluster-facts.ts'
import { endpointHost, endpointVariables, type Instance } from './instance.ts'
import { indexServices, pairService, type Pairing, type ServiceIndex } from './pair-service.ts'
import { quote } from './quote.ts'
import { observeExternal } from './rules/instance-health.ts'
import { ANNOTATION } from './vocabulary.ts'
import { WorkloadInstance } from './workload-instance.ts'

/** What stands behind one key (namespace, app-id). */
export type Entry =
  | { readonly kind: 'instance'; readonly instance: Instance }
  | { readonly kind: 'ambiguous'; readonly workloads: readonly string[] }
  | {
      readonly kind: 'misconfigured'
      readonly workload: string
      readonly reason: string
      readonly cure: string
    }

/** One namespace's part of the inventory. Immutable: a change makes a new one. */
export interface NamespaceInventory {
  readonly entries: ReadonlyMap<string, Entry>
  readonly services: ReadonlyMap<string, ServiceFacts>
  /** app-ids that run with sidecars here, by the Services of Dapr's operator */
  readonly sidecarAppIds: ReadonlySet<string>
  readonly unusable: readonly UnusableWorkload[]
}

/** All instances, by namespace and app-id. Immutable: swapped whole, so a request sees one state throughout. */
export type Inventory = ReadonlyMap<string, NamespaceInventory>

export const EMPTY_NAMESPACE: NamespaceInventory = {
  entries: new Map(),
  services: new Map(),
  sidecarAppIds: new Set(),
  unusable: [],
}

export interface NamespaceObjects {
  readonly workloads: readonly WorkloadFacts[]
  readonly unusable: readonly UnusableWorkload[]
  readonly services: readonly ServiceFacts[]
  readonly externals: readonly ExternalFacts[]
}

/** Builds one namespace's inventory from its workloads and Services. */
export function buildNamespace(objects: NamespaceObjects, clusterDomain: string): NamespaceInventory {
  const index = indexServices(objects.services)
  const entries = new Map<string, Entry>()
  for (const [appId, workloads] of Map.groupBy(objects.workloads, (workload) => workload.appId)) {
    entries.set(appId, judgeKey(workloads, index, clusterDomain))
  }
  for (const external of objects.externals) {
    const own = entries.get(external.appId)
    entries.set(
      external.appId,
      own === undefined ? judgeExternal(external, clusterDomain) : besides(own, external),
    )
  }
  return {
    entries,
    services: new Map(objects.services.map((service) => [service.name, service])),
    sidecarAppIds: new Set(objects.services.flatMap(({ sidecarAppId }) => sidecarAppId ?? [])),
    // by name, so that a refusal reads the same whatever order a watch brought them in
    unusable: objects.unusable.toSorted((a, b) => (workloadName(a) < workloadName(b) ? -1 : 1)),
  }
}

/** The inventory with these namespaces replaced; one that holds nothing any more is left out. */
export function withNamespaces(
  inventory: Inventory,
  changed: Iterable<[string, NamespaceInventory]>,
): Inventory {
  const next = new Map(inventory)
  for (const [name, namespace] of changed) {
    if (namespace.services.size + namespace.entries.size + namespace.unusable.length === 0) next.delete(name)
    else next.set(name, namespace)
  }
  return next
}

/** Every found instance, in no particular order. */
export function* instancesOf(inventory: Inventory): Iterable<Instance> {
  for (const { entries } of inventory.values()) {
    for (const entry of entries.values()) if (entry.kind === 'instance') yield entry.instance
  }
}

/**
 * Several workloads of one key are one instance when they stand behind the same Service (a change of strategy: the
 * newest counts); otherwise nobody may guess. One that is being deleted does not count beside one that stays.
 */
function judgeKey(workloads: readonly WorkloadFacts[], index: ServiceIndex, clusterDomain: string): Entry {
  const staying = workloads.filter(({ deleting }) => !deleting)
  const counting = staying.length > 0 ? staying : workloads
  const paired = counting
    .map((workload) => ({ workload, pairing: pairService(workload, index) }))
    .toSorted((a, b) => newestFirst(a.workload, b.workload))
  const [newest] = paired
  if (newest === undefined || !behindOneService(paired.map(({ pairing }) => pairing))) {
    return { kind: 'ambiguous', workloads: counting.map(workloadName).toSorted() }
  }
  return judgeWorkload(newest.workload, newest.pairing, clusterDomain)
}

/** An external instance beside a workload of the same key: nobody may guess which is meant. */
function besides(entry: Entry, { appId }: ExternalFacts): Entry {
  const there =
    entry.kind === 'instance'
      ? [entry.instance.workload]
      : entry.kind === 'ambiguous'
        ? entry.workloads
        : [entry.workload]
  return { kind: 'ambiguous', workloads: [...there, externalName(appId)].toSorted() }
}

function externalName(appId: string): string {
  return workloadName({ kind: 'DaprSharedInstance', name: appId })
}

/** What a name of the cluster's DNS ends in: `<service>.<namespace>.svc`, `<address>.<namespace>.pod`. */
const CLUSTER_NAME = /(?:^|\.)([^.]+)\.(?:svc|pod)$/

/** One whose endpoint is in another namespace of the cluster would be a way around that namespace's grants. */
function judgeExternal(external: ExternalFacts, clusterDomain: string): Entry {
  const stray = [external.httpEndpoint, external.grpcEndpoint].find((endpoint) => {
    const host = endpointHost(endpoint)
    const suffix = `.${clusterDomain}`
    const [, namespace] =
      CLUSTER_NAME.exec(host.endsWith(suffix) ? host.slice(0, -suffix.length) : host) ?? []
    return namespace !== undefined && namespace !== external.namespace
  })
  return stray === undefined
    ? { kind: 'instance', instance: makeExternal(external) }
    : { kind: 'misconfigured', ...strayEndpoint(externalName(external.appId), stray) }
}

/** Why an external instance at this endpoint cannot be used. */
export function strayEndpoint(
  workload: string,
  endpoint: string,
): { readonly workload: string; readonly reason: string; readonly cure: string } {
  return {
    workload,
    reason: `its endpoint ${quote(endpoint)} is in another namespace`,
    cure: `Ask for that namespace's own instance with ${ANNOTATION.namespace}, and have a DaprSharedGrant made there.`,
  }
}

function makeExternal(external: ExternalFacts): Instance {
  const { namespace, appId, httpEndpoint, grpcEndpoint, token } = external
  return {
    namespace,
    appId,
    strategy: 'external',
    workload: externalName(appId),
    service: undefined,
    httpEndpoint,
    grpcEndpoint,
    token,
    readiness: { known: false },
    appChannel: undefined,
    endpointVariables: endpointVariables(httpEndpoint, grpcEndpoint),
    observations: observeExternal(external),
    traits: undefined,
  }
}

function behindOneService(pairings: readonly Pairing[]): boolean {
  if (pairings.length === 1) return true
  const services = new Set(pairings.map(serviceName))
  return services.size === 1 && !services.has(undefined)
}

function serviceName(pairing: Pairing): string | undefined {
  switch (pairing.kind) {
    case 'paired':
      return pairing.service.name
    case 'unreachable':
      return pairing.service
    case 'none':
      return undefined
  }
}

function newestFirst(a: WorkloadFacts, b: WorkloadFacts): number {
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt ? -1 : 1
  return workloadName(a) < workloadName(b) ? -1 : 1
}

function judgeWorkload(workload: WorkloadFacts, pairing: Pairing, clusterDomain: string): Entry {
  const name = workloadName(workload)
  switch (pairing.kind) {
    case 'paired':
      return { kind: 'instance', instance: new WorkloadInstance(workload, pairing, clusterDomain) }
    case 'unreachable':
      return { kind: 'misconfigured', workload: name, reason: pairing.reason, cure: pairing.cure }
    case 'none':
      return {
        kind: 'misconfigured',
        workload: name,
        reason: 'no Service selects its pods',
        cure: `Create the Service ${quote(`${workload.appId}-dapr`)} with a selector that fits the pod template's labels and ports ${workload.daprd.httpPort} and ${workload.daprd.grpcPort}.`,
      }
  }
}
