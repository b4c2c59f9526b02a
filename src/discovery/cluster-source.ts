import { setTimeout as sleep } from 'node:timers/promises'
import type { NamespaceFacts, WorkloadKind } from '../core/cluster-facts.ts'
import type { Consumers } from '../core/facts.ts'
import { LABEL } from '../core/vocabulary.ts'
import { makeConsumerIndex, type Use } from '../facts/consumers.ts'
import { openClusterFacts } from '../facts/open-cluster-facts.ts'
import { makeReservations } from '../facts/reservations.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import type { ReflectorLog } from '../kube/reflector-health.ts'
import type { Change } from '../kube/object-store.ts'
import { startReflector, type Reflector, type ReflectorOptions } from '../kube/reflector.ts'
import { metadataOnly } from '../kube/metadata-client.ts'
import { keyOf } from '../kube/object-meta.ts'
import { makePolicyStore } from '../policy/policy-store.ts'
import { makeInventoryStore } from './inventory-store.ts'
import { DEFAULT_LOOK_UP_RATES, makeLiveLookUp } from './live-look-up.ts'
import { readNamespace } from './read-namespace.ts'
import { recognizeService } from './recognize-service.ts'
import { recognizeNamespace, recognizeWorkload } from './recognize.ts'
import { shareEqual } from './share-equal.ts'
import type { InventorySource } from './source.ts'
import { watchResources, type WatchedResources } from './watched-resources.ts'

export interface ClusterSourceOptions {
  readonly client: KubeClient
  readonly clusterDomain: string
  readonly log: ReflectorLog
  /** milliseconds since the epoch */
  readonly now: () => number
  /** milliseconds, monotonic */
  readonly clock: () => number
  readonly random: () => number
}

/** A cluster that is watched. */
export interface ClusterSource extends InventorySource {
  /** resolves when everything was read completely for the first time; never when it is stopped before */
  readonly synced: Promise<void>
  /** as they were written, and what their status says */
  readonly resources: WatchedResources
  /** who uses an instance, as the watch shows it; none until the pods were read completely */
  readonly consumers: (namespace: string, appId: string) => Consumers | undefined
  /** a namespace that the watch shows */
  readonly namespace: (name: string) => NamespaceFacts | undefined
}

const LOOK_UP_MS = 4000
/** Some tenants' worth of odd values; each weighs a few hundred bytes. */
const MOST_SHARED = 2000

/**
 * Watches the cluster: workloads, Services, Namespaces, our own resources and the pods that use an instance, of which it
 * keeps projections. It answers only once all of them were read completely, so that no policy is passed over, and from
 * then on through every outage with what was last known.
 */
export function watchCluster(options: ClusterSourceOptions): ClusterSource {
  const { client, clusterDomain, log, now, clock, random } = options
  const stop = new AbortController()
  const store = makeInventoryStore(clusterDomain)
  const policies = makePolicyStore()
  const equal = shareEqual(MOST_SHARED)
  const index = makeConsumerIndex()
  const reservations = makeReservations(clock)
  const reflect = <T>(
    resource: string,
    path: string,
    special: Pick<ReflectorOptions<T>, 'project' | 'onChange' | 'mayBeAbsent'> &
      Partial<Pick<ReflectorOptions<T>, 'client' | 'query' | 'timings'>>,
  ): Reflector<T> =>
    startReflector<T>({
      client,
      resource,
      path,
      ...special,
      now,
      random,
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
      signal: stop.signal,
      log,
    })
  const reflectWorkloads = (kind: WorkloadKind) => {
    const resource = `${kind.toLowerCase()}s`
    return reflect(resource, `/apis/apps/v1/${resource}`, {
      project: (object) => equal.workload(recognizeWorkload(kind, object)),
      onChange: (change) => store.setWorkload(change.namespace, `${kind}/${change.name}`, afterOf(change)),
    })
  }

  const namespaces = reflect<NamespaceFacts>('namespaces', '/api/v1/namespaces', {
    project: recognizeNamespace,
    onChange: () => undefined,
  })
  const pods = reflect<Use>('pods', '/api/v1/pods', {
    // metadata does not tell who is finished, so the server leaves them out
    client: metadataOnly(client),
    // 50,000 of them: smaller pages leave less behind, measured 188 MB at the most instead of 201 MB
    timings: { pageSize: 200 },
    query: { labelSelector: LABEL.appId, fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
    project: (pod) => index.read(pod),
    onChange(change) {
      index.change(beforeOf(change), afterOf(change))
      if (change.type === 'added') reservations.shown(change.namespace, change.name)
    },
  })
  const resources = watchResources(reflect, policies, store)
  const reflectors = {
    daemonsets: reflectWorkloads('DaemonSet'),
    deployments: reflectWorkloads('Deployment'),
    services: reflect('services', '/api/v1/services', {
      project: (object) => equal.service(recognizeService(object)),
      onChange: (change) => store.setService(change.namespace, change.name, afterOf(change)),
    }),
    namespaces,
    pods,
    daprsharedpolicies: resources.DaprSharedPolicy,
    daprsharedgrants: resources.DaprSharedGrant,
    daprsharedexceptions: resources.DaprSharedException,
    daprsharedinstances: resources.DaprSharedInstance,
  }
  const all: [string, Pick<Reflector<unknown>, 'isSynced' | 'stats' | 'synced' | 'done'>][] =
    Object.entries(reflectors)
  const consumers: ClusterSource['consumers'] = (namespace, appId) =>
    pods.isSynced() ? index.of(namespace, appId) : undefined
  const namespaceOf = (name: string): NamespaceFacts | undefined =>
    namespaces.items().get(keyOf({ namespace: '', name }))

  return {
    synced: Promise.all(all.map(([, { synced }]) => synced)).then(() => undefined),
    current: () => (all.every(([, reflector]) => reflector.isSynced()) ? store.current() : undefined),
    policies: () => policies.current(),
    policyCounts: () => policies.counts(),
    preview: (namespace, change) => store.preview(namespace, change),
    facts: openClusterFacts({
      client,
      clock,
      namespace: namespaceOf,
      consumers(namespace, appId, subject) {
        const watched = consumers(namespace, appId)
        return watched && reservations.beside(watched, { namespace, appId }, subject)
      },
    }),
    admitted: (subject, instance) => reservations.admitted(subject, instance),
    resources,
    consumers,
    namespace: namespaceOf,
    namespaces: () => new Map([...namespaces.items().values()].map((facts) => [facts.name, facts])),
    lookUp: makeLiveLookUp({
      read: (namespace, signal) => readNamespace(client, namespace, clusterDomain, signal),
      rates: DEFAULT_LOOK_UP_RATES,
      readMs: LOOK_UP_MS,
      clock,
    }),
    health: () =>
      all.map(([resource, reflector]) => {
        const { synced, lastContactAt = 0, relists, restarts, lastError } = reflector.stats()
        return { resource, synced, lastContactAt, relists, restarts, lastError }
      }),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(all.map(([, reflector]) => reflector.done))
    },
  }
}

function beforeOf<T>(change: Change<T>): T | undefined {
  return change.type === 'added' ? undefined : change.before
}

function afterOf<T>(change: Change<T>): T | undefined {
  return change.type === 'deleted' ? undefined : change.after
}
