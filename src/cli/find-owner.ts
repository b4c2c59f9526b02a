import { ApiError } from '../kube/call-errors.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { listInPages } from '../kube/page-list.ts'
import {
  claimOf,
  madeBySelector,
  newestMade,
  ownerKindOf,
  type OwnerClaim,
  type OwnerKind,
} from '../server-dry-run/owner-claim.ts'
import { isPod } from '../workloads/expand.ts'
import { describe, type Manifest } from '../state/manifest.ts'

const ASK_MS = 30_000
const PAGE_SIZE = 500

/** The object that the pod of a workload would belong to, or why it can belong to none. */
export type FoundOwner = { readonly claim: OwnerClaim } | { readonly why: string } | undefined

/**
 * Looks for what would own a workload's pods: policies and other webhooks tell by it what made a pod, and it must exist for
 * that. Nothing for a Pod.
 */
export async function findOwner(
  client: KubeClient,
  manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'name'>,
  namespace: string,
): Promise<FoundOwner> {
  const kind = isPod(manifest) ? undefined : ownerKindOf(manifest.kind)
  if (kind === undefined) return undefined
  const what = describe({ kind: manifest.kind, name: manifest.name, namespace })
  try {
    const workload = await read(client, kind, namespace, manifest.name)
    const { via } = kind
    const owner = via === undefined ? workload : await newestOf(client, kind, via, namespace, workload)
    if (owner === undefined) return { why: `${what} has no ${via?.kind ?? 'pod'} in the cluster yet` }
    const claim = claimOf(via ?? kind, owner)
    return claim === undefined ? { why: `${what} has no uid in the cluster` } : { claim }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { why: `${what} is not in the cluster yet` }
    return {
      why: `${what} could not be read in the cluster (${error instanceof Error ? error.message : 'no answer'})`,
    }
  }
}

function read(client: KubeClient, kind: OwnerKind, namespace: string, name: string): Promise<unknown> {
  return client.get(`${kind.root}/namespaces/${namespace}/${kind.plural}/${encodeURIComponent(name)}`, {
    signal: AbortSignal.timeout(ASK_MS),
  })
}

async function newestOf(
  client: KubeClient,
  kind: OwnerKind,
  via: OwnerKind,
  namespace: string,
  workload: unknown,
): Promise<unknown> {
  const labelSelector = madeBySelector(kind, workload)
  const { items } = await listInPages(
    (query) =>
      client.get(`${via.root}/namespaces/${namespace}/${via.plural}`, {
        query: labelSelector === '' ? query : { ...query, labelSelector },
        signal: AbortSignal.timeout(ASK_MS),
      }),
    (object) => object,
    PAGE_SIZE,
  )
  return newestMade(kind, workload, items)
}
