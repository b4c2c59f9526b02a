import type { JsonObject, Pod } from '../../core/pod.ts'
import type { ReportedObject } from '../../report/report.ts'
import { agrees, judge, podOf, untilApplied } from '../../server-dry-run/judge.ts'
import {
  offlineAnswer,
  type OfflineAnswer,
  type OfflineContext,
} from '../../server-dry-run/offline-answer.ts'
import { ofOldVersion } from '../../server-dry-run/owner-claim.ts'
import type { ServerItem } from '../../server-dry-run/result.ts'
import { sentPod } from '../../server-dry-run/sent-pod.ts'
import { afterLook, needsLook, whyMissing } from '../../server-dry-run/webhook-part.ts'
import type { Manifest } from '../../state/manifest.ts'
import type { FoundOwner } from './find-owner.ts'
import { postDryRun } from './post-dry-run.ts'
import type { ServerSource } from './source.ts'

/** One object: its owner is looked for, the API server and the offline decision are asked about the same pod. */
export async function askServer(
  manifest: Manifest,
  source: ServerSource,
): Promise<{ item: ServerItem; isLast: boolean }> {
  const { client, owners, offline } = source
  const namespace = manifest.namespace || source.defaultNamespace
  const owner = await owners(manifest, namespace)
  const sent = sentPod(manifest, namespace, owner !== undefined && 'claim' in owner ? owner.claim : undefined)
  const { answer, renamed } = await postDryRun(client, namespace, sent)
  const { source: place, object } = placeOf(manifest, namespace)
  const against = async (context: OfflineContext | undefined): Promise<ServerItem> =>
    judge({
      source: place,
      object,
      sent,
      answer,
      offline: await offlineOf(manifest, sent, namespace, context),
      notes: notesOf(object, owner, renamed),
      isWritten: (kind, name) => source.isWritten(namespace, kind, name),
    })
  const item = await against(offline?.applied)
  const isSurprising = item.differences.length > 0 && !agrees(item)
  const restsOnFiles = isSurprising && offline?.today !== undefined && agrees(await against(offline.today))
  return {
    item: await lookAtWebhook(restsOnFiles ? untilApplied(item) : item, podOf(sent), source),
    isLast: answer.kind === 'lost' || (answer.kind === 'no' && answer.error.status === 401),
  }
}

function notesOf(object: ReportedObject, owner: FoundOwner, renamed: boolean): string[] {
  const old = ofOldVersion(object)
  return [
    ...(old === undefined ? [] : [old]),
    ...(owner !== undefined && 'why' in owner
      ? [
          `${owner.why}: the pod was sent without an owner, so rules by kind of workload, and capacity, saw a bare pod.`,
        ]
      : []),
    ...(renamed
      ? [`A pod of the name ${object.name} exists already: a name was made up, as for a new one.`]
      : []),
  ]
}

async function lookAtWebhook(
  item: ServerItem,
  sent: Pod | undefined,
  { webhook }: ServerSource,
): Promise<ServerItem> {
  if (!needsLook(item)) return item
  return afterLook(item, whyMissing(await webhook(sent, item.object.namespace)))
}

async function offlineOf(
  manifest: Manifest,
  sent: JsonObject,
  namespace: string,
  context: OfflineContext | undefined,
): Promise<OfflineAnswer> {
  const pod = podOf(sent)
  // the API server tells what is wrong with it
  if (context === undefined || pod === undefined) return { kind: 'unasked' }
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
