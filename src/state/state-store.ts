import type { NamespaceFacts } from '../core/cluster-facts.ts'
import type { Inventory } from '../core/inventory.ts'
import type { JsonObject } from '../core/pod.ts'
import type { PolicySet } from '../core/policy.ts'
import { makeInventoryStore, type InventoryStore } from '../discovery/inventory-store.ts'
import { recognizeExternal } from '../discovery/recognize-external.ts'
import { recognizeService } from '../discovery/recognize-service.ts'
import { recognizeNamespace, recognizeWorkload } from '../discovery/recognize.ts'
import { makeConsumerIndex } from '../facts/consumers.ts'
import type { FactSource } from '../facts/fact-source.ts'
import { makeStateFacts } from '../facts/state-facts.ts'
import { isMeantAsOurs, isResourceKind } from '../policy/kinds.ts'
import { makePolicyStore, type PolicyCounts, type PolicyStore } from '../policy/policy-store.ts'
import { isProblems, readResource } from '../policy/read-resource.ts'
import { readUnread, withoutUnread, type Unread } from './incomplete.ts'
import { refuseTwins } from './refuse-twins.ts'
import { fieldOf, groupOf, ManifestError, type Manifest } from './manifest.ts'

/** The cluster as a set of manifests shows it. */
export interface Snapshot {
  readonly inventory: Inventory
  readonly policies: PolicySet
  readonly namespaces: ReadonlyMap<string, NamespaceFacts>
  readonly facts: FactSource
  readonly preview: InventoryStore['preview']
  readonly policyCounts: PolicyCounts
}

/** Makes of manifests what discovery makes of a cluster. */
export interface StateStore {
  readonly inventory: InventoryStore
  readonly policies: PolicyStore
  readonly namespaces: ReadonlyMap<string, NamespaceFacts>
  /**
   * Takes manifests in, over what is there of the same name.
   *
   * @throws ManifestError where two of them are the same object, or one is a resource that the API server would refuse
   */
  add(manifests: readonly Manifest[], defaultNamespace: string): void
  snapshot(): Snapshot
}

export function makeStateStore(clusterDomain: string): StateStore {
  const inventory = makeInventoryStore(clusterDomain)
  const policies = makePolicyStore()
  const namespaces = new Map<string, NamespaceFacts>()
  const objects = new Map<string, JsonObject>()
  const pods = new Map<string, JsonObject>()
  const unread: Unread[] = []

  const take = (manifest: Manifest, namespace: string): void => {
    const { apiVersion, kind, name } = manifest
    const object = inNamespace(manifest, namespace)
    objects.set(objectKey(groupOf(apiVersion), kind, namespace, name), object)
    switch (`${groupOf(apiVersion)}/${kind}`) {
      case 'apps/DaemonSet':
      case 'apps/Deployment': {
        const own = kind === 'DaemonSet' ? 'DaemonSet' : 'Deployment'
        inventory.setWorkload(namespace, `${own}/${name}`, recognizeWorkload(own, object))
        return
      }
      case '/Service':
        inventory.setService(namespace, name, recognizeService(object))
        return
      case '/Namespace': {
        const facts = recognizeNamespace(object)
        if (facts !== undefined) namespaces.set(facts.name, facts)
        return
      }
      case '/Pod':
        pods.set(`${namespace}/${name}`, object)
        return
      case 'shared.dapr.io/DaprSharedInstance':
        inventory.setExternal(namespace, name, recognizeExternal(object))
        return
      case 'shared.dapr.io/DaprSharedPolicy':
        policies.setPolicy(name, object)
        return
      case 'shared.dapr.io/DaprSharedGrant':
        policies.setGrant(namespace, name, object)
        return
      case 'shared.dapr.io/DaprSharedException':
        policies.setException(namespace, name, object)
        return
      case 'shared.dapr.io/IncompleteRecording':
        unread.push(...readUnread(manifest))
        return
    }
  }

  return {
    inventory,
    policies,
    namespaces,
    add(manifests, defaultNamespace) {
      refuseTwins(manifests.filter(isState), defaultNamespace)
      for (const manifest of manifests) {
        refuseInvalid(manifest)
        take(manifest, manifest.namespace || defaultNamespace)
      }
    },
    snapshot() {
      const consumers = makeConsumerIndex()
      for (const pod of pods.values()) consumers.change(undefined, consumers.read(pod))
      // as they are now: what is added later is of a later snapshot
      const named = new Map(namespaces)
      return {
        preview: (namespace, change) => inventory.preview(namespace, change),
        inventory: inventory.current(),
        policies: policies.current(),
        policyCounts: policies.counts(),
        namespaces: named,
        facts: withoutUnread(
          makeStateFacts({
            namespaces: named,
            object: (group, kind, namespace, name) => objects.get(objectKey(group, kind, namespace, name)),
            consumers: (namespace, appId) => consumers.of(namespace, appId),
          }),
          [...unread],
        ),
      }
    },
  }
}

/** Whether an object tells something about instances, or about who may use them. */
export function isState({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  const group = groupOf(apiVersion)
  if (group === 'shared.dapr.io') return isResourceKind(kind)
  return ['apps/DaemonSet', 'apps/Deployment', '/Service', '/Namespace'].includes(`${group}/${kind}`)
}

/** What the API server would refuse is no state: to leave it out in silence would be to decide without it. */
function refuseInvalid(manifest: Manifest): void {
  if (!isMeantAsOurs(manifest)) return
  const reading = readResource(manifest.object)
  if (!isProblems(reading)) return
  const [first, ...more] = reading
  if (first === undefined) return
  throw new ManifestError(
    { ...manifest.source, line: manifest.lineOf(first.path) },
    `${manifest.kind} ${manifest.name}: ${fieldOf(first.path)}: ${first.message}${more.length > 0 ? ` (and ${more.length} more; dapr-shared lint tells all)` : ''}`,
  )
}

function inNamespace({ object }: Manifest, namespace: string): JsonObject {
  return { ...object, metadata: { ...(object['metadata'] as object), namespace } }
}

function objectKey(group: string, kind: string, namespace: string, name: string): string {
  return `${group}/${kind}/${namespace}/${name}`
}
