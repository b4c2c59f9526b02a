import { ApiError } from '../../kube/call-errors.ts'
import type { JsonObject } from '../../core/pod.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { listInPages } from '../../kube/page-list.ts'
import {
  claimOf,
  madeBySelector,
  madeObject,
  newestMade,
  ownerKindOf,
  type OwnerClaim,
} from '../../server-dry-run/owner-claim.ts'
import { isPod } from '../../workloads/expand.ts'
import { workloadPath } from '../../workloads/kinds.ts'
import { describe, type Manifest } from '../../state/manifest.ts'

const ASK_MS = 30_000
const PAGE_SIZE = 500

/** The object that the pod of a workload would belong to, or why it can belong to none. */
export type FoundOwner = { readonly claim: OwnerClaim } | { readonly why: string } | undefined

/**
 * Looks for what would own a workload's pods: policies and other webhooks tell by it what made a pod, and it must exist for
 * that. Nothing for a Pod.
 */
export type OwnerFinder = (
  manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'name'>,
  namespace: string,
) => Promise<FoundOwner>

/** A finder for all objects of one command: the Jobs of a namespace, which no label tells apart, are listed once. */
export function makeOwnerFinder(client: KubeClient): OwnerFinder {
  const list = makeLister(client)
  return async (manifest, namespace) => {
    const kind = isPod(manifest) ? undefined : ownerKindOf(manifest.kind)
    if (kind === undefined) return undefined
    const what = describe({ kind: manifest.kind, name: manifest.name, namespace })
    try {
      const workload = await client.get(
        `${workloadPath(kind, namespace)}/${encodeURIComponent(manifest.name)}`,
        {
          signal: AbortSignal.timeout(ASK_MS),
        },
      )
      const { via } = kind
      const owner =
        via === undefined
          ? workload
          : newestMade(
              kind,
              workload,
              await list(workloadPath(via, namespace), madeBySelector(kind, workload)),
            )
      if (owner === undefined) return { why: `${what} has no ${via?.kind ?? 'pod'} in the cluster yet` }
      const claim = claimOf(via ?? kind, owner)
      return claim === undefined ? { why: `${what} has no uid in the cluster` } : { claim }
    } catch (error) {
      if (error instanceof ApiError && error.status === 404)
        return { why: `${what} is not in the cluster yet` }
      return {
        why: `${what} could not be read in the cluster (${error instanceof Error ? error.message : 'no answer'})`,
      }
    }
  }
}

type Lister = (path: string, labelSelector: string) => Promise<readonly JsonObject[]>

/** Each list is asked for once, and of each object only that is kept which tells of its owner. */
function makeLister(client: KubeClient): Lister {
  const lists = new Map<string, Promise<readonly JsonObject[]>>()
  return (path, labelSelector) => {
    const key = `${path}?${labelSelector}`
    const known = lists.get(key) ?? listAll(client, path, labelSelector)
    lists.set(key, known)
    return known
  }
}

async function listAll(
  client: KubeClient,
  path: string,
  labelSelector: string,
): Promise<readonly JsonObject[]> {
  const { items } = await listInPages(
    (query) =>
      client.get(path, {
        query: labelSelector === '' ? query : { ...query, labelSelector },
        signal: AbortSignal.timeout(ASK_MS),
      }),
    madeObject,
    PAGE_SIZE,
  )
  return items
}
