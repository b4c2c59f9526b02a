import { objectOr } from '../../core/cluster-facts.ts'
import type { JsonObject } from '../../core/pod.ts'
import { LABEL } from '../../core/vocabulary.ts'
import { makeInventoryStore } from '../../discovery/inventory-store.ts'
import { textOf } from '../../discovery/loose.ts'
import { metadataOf } from '../../facts/owner-reference.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { makeRecording, type Recording } from '../../record/recording.ts'
import type { Unread } from '../../state/incomplete.ts'
import type { Io } from '../io.ts'
import { askedElsewhere, readChosen, readMade, readOwners } from './chosen.ts'
import { readAppChannels, readElsewhere, readNamespaces, readPlace, readResources } from './place.ts'
import { ASK_MS, makeReader } from './reader.ts'
import { placesOf, RUNNING, type RecordRequest, type Visit } from './visit.ts'

/** What a cluster told. */
export interface RecordedCluster {
  readonly recording: Recording
  readonly server: string
  /** what was not told; nothing unless it was asked for in part */
  readonly unread: readonly Unread[]
  /** workloads that were named, or ask */
  readonly chosen: number
  readonly consumersAsked: boolean
}

/**
 * Reads a cluster page by page, and keeps of each object only what decisions read.
 *
 * @throws CommandError 3 where the cluster does not tell, 4 where it has not what was named
 */
export async function recordCluster(
  client: KubeClient,
  request: RecordRequest,
  progress: Io['progress'],
): Promise<RecordedCluster> {
  const reader = makeReader(client, request.partial, progress)
  const visit: Visit = {
    request,
    reader,
    recording: makeRecording(),
    inventory: makeInventoryStore(request.clusterDomain),
    chosen: new Map(),
    places: new Set(),
  }
  try {
    const server = await readVersion(client)
    const consumersAsked = await readAll(visit)
    const { recording, chosen } = visit
    return { recording, server, unread: reader.unread, chosen: chosen.size, consumersAsked }
  } finally {
    progress?.('')
  }
}

/** @returns whether the pods that use an instance were asked for */
async function readAll(visit: Visit): Promise<boolean> {
  const { request } = visit
  await readNamespaces(visit)
  const policies = await readResources(visit, 'DaprSharedPolicy', '')
  for (const place of placesOf(request)) await readPlace(visit, place)
  await readChosen(visit)
  for (const namespace of askedElsewhere(visit)) await readElsewhere(visit, namespace)
  await readMade(visit)
  await readOwners(visit)
  await readAppChannels(visit)
  const consumersAsked = request.consumers || policies.some(countsConsumers)
  if (consumersAsked) await readConsumers(visit)
  return consumersAsked
}

function countsConsumers(policy: JsonObject): boolean {
  return objectOr(objectOr(policy['spec'])['rules'])['capacity'] !== undefined
}

/** Pods of any namespace, as they may use an instance of a recorded one. */
async function readConsumers(visit: Visit): Promise<void> {
  const { reader, recording, places } = visit
  const within = places.has('')
    ? LABEL.appId
    : `${LABEL.appId},${LABEL.appNamespace} in (${[...places].join(',')})`
  await reader.list(
    'pods with our label',
    '/api/v1/pods',
    (pod) => {
      // one that ends makes room
      if (metadataOf(pod)['deletionTimestamp'] == null) recording.addConsumer(pod)
    },
    {
      metadataOnly: true,
      query: { ...RUNNING, labelSelector: within },
      part: { kind: 'Pod', namespace: '' },
    },
  )
}

async function readVersion(client: KubeClient): Promise<string> {
  try {
    const version = objectOr(await client.get('/version', { signal: AbortSignal.timeout(ASK_MS) }))
    return textOf(version['gitVersion']) ?? 'of an unknown version'
  } catch {
    // whatever is wrong, the first list says it
    return 'of an unknown version'
  }
}
