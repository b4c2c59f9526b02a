import type { Fact } from '../core/facts.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { objectsOf, textOf } from '../discovery/loose.ts'
import { ApiError } from '../kube/call-errors.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { makeAnswerCache, type AnswerCacheOptions } from './answer-cache.ts'
import type { OwnerReference } from './owner-reference.ts'

/** How a kind is asked for. */
export interface ApiResource {
  /** `/apis/apps/v1` */
  readonly root: string
  readonly plural: string
  readonly namespaced: boolean
}

const namespaced = (root: string, plural: string): ApiResource => ({ root, plural, namespaced: true })

/** Kubernetes' own, in the version that every supported server has: they need no question. */
const OWN: Readonly<Record<string, ApiResource>> = {
  '/ReplicationController': namespaced('/api/v1', 'replicationcontrollers'),
  'apps/ReplicaSet': namespaced('/apis/apps/v1', 'replicasets'),
  'apps/StatefulSet': namespaced('/apis/apps/v1', 'statefulsets'),
  'apps/DaemonSet': namespaced('/apis/apps/v1', 'daemonsets'),
  'apps/Deployment': namespaced('/apis/apps/v1', 'deployments'),
  'batch/Job': namespaced('/apis/batch/v1', 'jobs'),
  'batch/CronJob': namespaced('/apis/batch/v1', 'cronjobs'),
}

/** The kinds of one group and version: installed, none of them, or not to be read. */
type Kinds = Fact<ReadonlyMap<string, ApiResource>>

/** CRDs come and go, but seldom. */
const HOLDS_MS = 5 * 60_000
/** Names of groups come from pods, so there is no end of them. */
const SIZE = 200

export interface ApiResources {
  /** none where no such kind is installed; unknown where we may not see */
  find(
    reference: OwnerReference,
    namespace: string,
    signal: AbortSignal,
  ): Promise<Fact<ApiResource | undefined>>
}

/** Finds the plural of a kind: an owner is named by its kind, and asked for by its plural. */
export function makeApiResources(
  client: KubeClient,
  limits: Pick<AnswerCacheOptions<unknown, unknown>, 'askMs' | 'clock'> & {
    readonly allowed: (namespace: string) => boolean
  },
): ApiResources {
  const kinds = makeAnswerCache<{ root: string; namespace: string }, Kinds>({
    ...limits,
    describe: ({ root }) => `the kinds of ${root}`,
    keyOf: ({ root }) => root,
    allowed: ({ namespace }) => limits.allowed(namespace),
    holdsMs: HOLDS_MS,
    size: SIZE,
    ask: async ({ root }, signal) => readKinds(client, root, signal),
  })
  return {
    async find(reference, namespace, signal) {
      const { group, version, kind } = reference
      const own = OWN[`${group}/${kind}`]
      if (own !== undefined) return { known: true, value: own }
      if (group === '') return { known: true, value: undefined }
      const found = await kinds.get({ root: `/apis/${group}/${version}`, namespace }, signal)
      return found.known ? { known: true, value: found.value.get(kind) } : found
    },
  }
}

async function readKinds(client: KubeClient, root: string, signal: AbortSignal): Promise<Kinds> {
  try {
    const list = objectOr(await client.get(root, { signal }))
    const kinds = new Map<string, ApiResource>()
    for (const resource of objectsOf(list['resources'])) {
      const plural = textOf(resource['name'])
      const kind = textOf(resource['kind'])
      // `deployments/status` is no resource of its own
      if (plural === undefined || kind === undefined || !/^[a-z0-9]+$/.test(plural)) continue
      kinds.set(kind, { root, plural, namespaced: resource['namespaced'] === true })
    }
    return { known: true, value: kinds }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { known: true, value: new Map() }
    if (error instanceof ApiError && error.status === 403) {
      return { known: false, why: `the service may not read ${root} (bind it to system:discovery)` }
    }
    throw error
  }
}
