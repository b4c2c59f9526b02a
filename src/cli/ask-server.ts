import { isPodProblem, readPod, type JsonObject, type Pod } from '../core/pod.ts'
import { judge } from '../server-dry-run/judge.ts'
import { offlineAnswer, type OfflineAnswer, type OfflineContext } from '../server-dry-run/offline-answer.ts'
import type { ServerItem } from '../server-dry-run/result.ts'
import { sentPod } from '../server-dry-run/sent-pod.ts'
import { whyMissing } from '../server-dry-run/webhook-part.ts'
import type { Manifest } from '../state/manifest.ts'
import { findOwner } from './find-owner.ts'
import { postDryRun } from './post-dry-run.ts'
import type { ServerSource } from './server-source.ts'

/** One object: its owner is looked for, the API server and the offline decision are asked about the same pod. */
export async function askServer(
  manifest: Manifest,
  source: ServerSource,
): Promise<{ item: ServerItem; isLast: boolean }> {
  const { client, offline: context, webhook } = source
  const namespace = manifest.namespace || source.defaultNamespace
  const owner = await findOwner(client, manifest, namespace)
  const sent = sentPod(manifest, namespace, owner !== undefined && 'claim' in owner ? owner.claim : undefined)
  const { answer, renamed } = await postDryRun(client, namespace, sent, AbortSignal.timeout(ASK_MS))
  const offline = await offlineOf(manifest, sent, namespace, context)
  const notes = [
    ...(owner !== undefined && 'why' in owner
      ? [
          `${owner.why}: the pod was sent without an owner, so rules by kind of workload, and capacity, saw a bare pod.`,
        ]
      : []),
    ...(renamed
      ? [`A pod of the name ${manifest.name} exists already: a name was made up, as for a new one.`]
      : []),
  ]
  const item = judge({
    ...placeOf(manifest, namespace),
    sent,
    answer,
    offline,
    notes,
    isWritten: (kind, name) => source.isWritten(namespace, kind, name),
  })
  const isLast = answer.kind === 'lost' || (answer.kind === 'no' && answer.error.status === 401)
  if (item.webhook !== 'missing') return { item, isLast }
  const why = whyMissing(await webhook(podOf(sent), namespace))
  return { item: { ...item, notes: [...item.notes, `Our webhook had no part: ${why}`] }, isLast }
}

const ASK_MS = 60_000

async function offlineOf(
  manifest: Manifest,
  sent: JsonObject,
  namespace: string,
  context: OfflineContext | undefined,
): Promise<OfflineAnswer> {
  const pod = readPod(sent)
  // the API server tells what is wrong with it
  if (context === undefined || isPodProblem(pod)) return { kind: 'unasked' }
  return offlineAnswer(manifest, pod, namespace, context)
}

/** What there is to say of an object that was not asked about. */
export function tellUnasked(manifest: Manifest, source: ServerSource, why: string): ServerItem {
  const namespace = manifest.namespace || source.defaultNamespace
  return judge({
    ...placeOf(manifest, namespace),
    sent: sentPod(manifest, namespace, undefined),
    answer: { kind: 'lost', why },
    offline: { kind: 'unasked' },
    notes: [],
    isWritten: () => false,
  })
}

function placeOf(manifest: Manifest, namespace: string): Pick<ServerItem, 'source' | 'object'> {
  const { source, apiVersion, kind, name } = manifest
  return { source, object: { apiVersion, kind, namespace, name } }
}

function podOf(sent: JsonObject): Pod | undefined {
  const pod = readPod(sent)
  return isPodProblem(pod) ? undefined : pod
}
