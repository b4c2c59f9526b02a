import { deploymentOf, namespaceObjectOf, podOf, replicaSetOf } from './consumers.ts'
import { daemonSetOf, namespaceOf, serviceOf, type Fleet } from './fleet.ts'
import { exceptionOf, grantOf, policyCount, policyOf } from './policies.ts'

/** What an API server with a generated fleet answers, over HTTP or not. Nothing ever changes in it. */

const RESOURCE_VERSION = '1000000'

/** A resource that is listed: how many there are, the `index`th, and the namespace of that one. */
interface Resource {
  readonly kind: string
  readonly count: (fleet: Fleet) => number
  readonly make: (index: number, fleet: Fleet) => object
  readonly namespace: (index: number, fleet: Fleet) => string
}

const perNamespace = {
  count: ({ governed, namespaces }: Fleet) => (governed === undefined ? 0 : namespaces),
  namespace: (index: number) => `team-${index}`,
}
const perInstance = { count: ({ instances }: Fleet) => instances, namespace: namespaceOf }

const RESOURCES: Readonly<Record<string, Resource>> = {
  daemonsets: { ...perInstance, kind: 'DaemonSet', make: daemonSetOf },
  services: { ...perInstance, kind: 'Service', make: serviceOf },
  namespaces: {
    kind: 'Namespace',
    count: ({ namespaces }) => namespaces,
    make: namespaceObjectOf,
    namespace: () => '',
  },
  pods: {
    kind: 'Pod',
    count: ({ pods = 0 }) => pods,
    make: podOf,
    namespace: (index, fleet) => namespaceOf(index % fleet.instances, fleet),
  },
  daprsharedpolicies: {
    kind: 'DaprSharedPolicy',
    count: policyCount,
    make: policyOf,
    namespace: () => '',
  },
  daprsharedgrants: { ...perNamespace, kind: 'DaprSharedGrant', make: grantOf },
  daprsharedexceptions: { ...perNamespace, kind: 'DaprSharedException', make: exceptionOf },
}

/** All objects of a fleet that a folder of manifests would hold. */
export function manifestsOf(fleet: Fleet): object[] {
  const listed = ['daemonsets', 'services', 'daprsharedpolicies', 'daprsharedgrants', 'daprsharedexceptions']
  const governed = fleet.governed === undefined ? [] : everyNamespace(fleet)
  return [
    ...listed.flatMap((plural) => {
      const resource = RESOURCES[plural]
      return resource === undefined
        ? []
        : indices(resource.count(fleet)).map((index) => resource.make(index, fleet))
    }),
    ...governed,
  ]
}

/** The answer to a read; none where there is no such object. */
export function answerOf(
  fleet: Fleet,
  path: string,
  query: URLSearchParams,
  metadataOnly: boolean,
): object | undefined {
  const [, namespace, plural] = /\/namespaces\/([^/]+)\/([a-z]+)\/[^/]+$/.exec(path) ?? []
  if (namespace === undefined) return listOf(fleet, path, query, metadataOnly)
  if (plural === 'replicasets') return replicaSetOf(namespace)
  return plural === 'deployments' ? deploymentOf(namespace) : undefined
}

/** The answer to a write: a review of access, or what was written. */
export function writtenOf(path: string, body: unknown): object {
  if (path.endsWith('/subjectaccessreviews')) return { status: { allowed: true } }
  const { metadata, ...rest } = body as { metadata?: object }
  return { ...rest, metadata: { ...metadata, resourceVersion: RESOURCE_VERSION } }
}

/** One page of a list; the token that continues it is the index of its first object. */
function listOf(fleet: Fleet, path: string, query: URLSearchParams, metadataOnly: boolean): object {
  const resource = RESOURCES[path.slice(path.lastIndexOf('/') + 1)]
  const metadata = { resourceVersion: RESOURCE_VERSION }
  if (resource === undefined) return { kind: 'List', apiVersion: 'v1', metadata, items: [] }
  const only = /\/namespaces\/([^/]+)\//.exec(path)?.[1]
  const limit = Number(query.get('limit') ?? Infinity)
  const count = resource.count(fleet)
  const items: object[] = []
  let index = Number(query.get('continue') ?? 0)
  for (; index < count && items.length < limit; index++) {
    if (only === undefined || only === resource.namespace(index, fleet))
      items.push(resource.make(index, fleet))
  }
  const rest = index < count ? { continue: String(index) } : {}
  return {
    kind: metadataOnly ? 'PartialObjectMetadataList' : `${resource.kind}List`,
    apiVersion: 'v1',
    metadata: { ...metadata, ...rest },
    items: metadataOnly ? items.map(partOf) : items,
  }
}

function partOf(object: object): object {
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'PartialObjectMetadata',
    metadata: (object as { metadata: object }).metadata,
  }
}

function everyNamespace({ namespaces }: Fleet): object[] {
  return indices(namespaces).flatMap((index) => [
    namespaceObjectOf(index),
    replicaSetOf(`team-${index}`),
    deploymentOf(`team-${index}`),
  ])
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
