import { setTimeout as sleep } from 'node:timers/promises'
import type { NamespaceFacts, WorkloadKind } from '../core/cluster-facts.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import type { ReflectorLog } from '../kube/reflector-health.ts'
import type { Change } from '../kube/object-store.ts'
import { startReflector, type Reflector, type ReflectorOptions } from '../kube/reflector.ts'
import { makeInventoryStore } from './inventory-store.ts'
import { DEFAULT_LOOK_UP_RATES, makeLiveLookUp } from './live-look-up.ts'
import { readNamespace } from './read-namespace.ts'
import { recognizeService } from './recognize-service.ts'
import { recognizeNamespace, recognizeWorkload } from './recognize.ts'
import type { InventorySource } from './source.ts'

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

const LOOK_UP_MS = 4000

/**
 * Watches the cluster: DaemonSets, Deployments, Services and Namespaces, of which it keeps projections. It answers only
 * once all four were read completely, and from then on through every outage with what was last known.
 */
export function watchCluster(options: ClusterSourceOptions): InventorySource {
  const { client, clusterDomain, log, now, clock, random } = options
  const stop = new AbortController()
  const store = makeInventoryStore(clusterDomain)
  const reflect = <T>(
    resource: string,
    path: string,
    { project, onChange }: Pick<ReflectorOptions<T>, 'project' | 'onChange'>,
  ): Reflector<T> =>
    startReflector<T>({
      client,
      resource,
      path,
      project,
      onChange,
      now,
      random,
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
      signal: stop.signal,
      log,
    })
  const reflectWorkloads = (kind: WorkloadKind) => {
    const resource = `${kind.toLowerCase()}s`
    return reflect(resource, `/apis/apps/v1/${resource}`, {
      project: (object) => recognizeWorkload(kind, object),
      onChange: (change) => store.setWorkload(change.namespace, `${kind}/${change.name}`, afterOf(change)),
    })
  }

  const namespaces = reflect<NamespaceFacts>('namespaces', '/api/v1/namespaces', {
    project: recognizeNamespace,
    onChange: () => undefined,
  })
  const reflectors = {
    daemonsets: reflectWorkloads('DaemonSet'),
    deployments: reflectWorkloads('Deployment'),
    services: reflect('services', '/api/v1/services', {
      project: recognizeService,
      onChange: (change) => store.setService(change.namespace, change.name, afterOf(change)),
    }),
    namespaces,
  }
  const all = Object.entries(reflectors)

  return {
    current: () => (all.every(([, reflector]) => reflector.isSynced()) ? store.current() : undefined),
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

function afterOf<T>(change: Change<T>): T | undefined {
  return change.type === 'deleted' ? undefined : change.after
}
