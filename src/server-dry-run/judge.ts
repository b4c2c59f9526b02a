import { objectOr } from '../core/cluster-facts.ts'
import { asksForShared, isPodProblem, readPod, type JsonObject, type Pod } from '../core/pod.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { textOf } from '../discovery/loose.ts'
import type { ApiError } from '../kube/call-errors.ts'
import type { ReportedObject } from '../report/report.ts'
import type { Source } from '../state/manifest.ts'
import { changesOfOthers } from './changes-of-others.ts'
import { compareInjection } from './compare-injection.ts'
import type { OfflineAnswer } from './offline-answer.ts'
import { oneLine, readRefusal, type Refusal } from './read-refusal.ts'
import type { Change, Difference, ServerItem, Speaker } from './result.ts'
import { isOurs, isOurWarning, webhookPart } from './webhook-part.ts'

/** What came of sending one pod. */
export type ServerAnswer =
  | { readonly kind: 'admitted'; readonly pod: unknown; readonly warnings: readonly string[] }
  | { readonly kind: 'no'; readonly error: ApiError; readonly warnings: readonly string[] }
  /** no answer came: why */
  | { readonly kind: 'lost'; readonly why: string }

export interface Asked {
  readonly source: Source
  readonly object: ReportedObject
  readonly sent: JsonObject
  readonly answer: ServerAnswer
  readonly offline: OfflineAnswer
  /** where the pod stands in the input, what the cluster lacks; each a sentence */
  readonly notes: readonly string[]
  /** whether the input has what the cluster lacks */
  readonly isWritten: (kind: string, name: string) => boolean
}

const NOBODY: Speaker = { kind: '', name: '' }

/** Everything that there is to say of one object. */
export function judge(asked: Asked): ServerItem {
  const { source, object, sent, answer, offline, notes } = asked
  const refusal = refusalOf(asked)
  const admitted = answer.kind === 'admitted' && refusal === undefined ? answer.pod : undefined
  const [pod, result] = [podOf(sent), podOf(admitted)]
  const by = refusal?.by ?? NOBODY
  const warnings = answer.kind === 'lost' ? [] : answer.warnings.map(oneLine)
  return {
    source,
    object,
    asks: [pod, result].some((one) => one !== undefined && asksForShared(one)),
    outcome: refusal?.outcome ?? 'admitted',
    by,
    message: refusal?.message ?? '',
    warnings,
    webhook: webhookPart(pod, { by, warnings, pod: result }),
    instance: instanceOf(result),
    offline: offline.kind,
    differences: differencesOf(offline, refusal, result, warnings),
    changes:
      admitted === undefined
        ? []
        : changesOfOthers(baseOf(offline, sent), objectOr(admitted)).filter(isNotPruned(warnings)),
    notes: [
      ...notes,
      ...(offline.kind === 'unknown' ? [`The offline answer is unknown: ${oneLine(offline.why)}.`] : []),
      ...(refusal?.cure === undefined ? [] : [refusal.cure]),
    ],
  }
}

/** Whether the cluster's answer is known, and is the offline one; of two refusals the words may differ. */
export function agrees({ outcome, offline, differences }: ServerItem): boolean {
  return outcome === offline && outcome !== 'unknown' && differences.every(({ field }) => field === 'message')
}

/**
 * An answer that differs from the offline one for nothing but what the files bring, and a dry run cannot make: what the
 * cluster will say once that is applied, nobody knows yet.
 */
export function untilApplied(item: ServerItem): ServerItem {
  return {
    ...item,
    outcome: 'unknown',
    message: item.message || 'the cluster admits the pod, without what the files bring',
    differences: [],
    notes: [
      ...item.notes,
      'The files bring instances, policies, grants, exceptions or namespaces that the cluster does not have as they are there, and the offline answer rests on them: apply them first, then ask again.',
    ],
  }
}

/** A field that the API server does not know is gone, and it has said so itself: nobody took it away. */
function isNotPruned(warnings: readonly string[]): (change: Change) => boolean {
  const unknown = new Set(
    warnings.map((warning) => lastStep(/^unknown field "([^"]*)"/.exec(warning)?.[1] ?? '')),
  )
  return ({ field, change }) => change !== 'removed' || !unknown.has(lastStep(field))
}

function lastStep(field: string): string {
  return field.slice(field.lastIndexOf('.') + 1)
}

/** What others changed is told against the pod as we would have made it. */
function baseOf(offline: OfflineAnswer, sent: JsonObject): JsonObject {
  return offline.kind === 'admitted' ? (offline.pod as unknown as JsonObject) : sent
}

interface ToldRefusal extends Refusal {
  readonly cure?: string | undefined
}

function refusalOf({ answer, object, isWritten }: Asked): ToldRefusal | undefined {
  if (answer.kind === 'admitted') return isPodObject(answer.pod) ? undefined : NO_POD
  if (answer.kind === 'lost')
    return { outcome: 'unknown', by: { kind: 'connection', name: '' }, message: oneLine(answer.why) }
  const refusal = readRefusal(answer.error)
  const { lacks, by } = refusal
  if (by.kind === 'authorization')
    return {
      ...refusal,
      cure:
        answer.error.status === 401
          ? 'The credentials of the kubeconfig are not accepted: log in again.'
          : `A dry run needs the right to create pods in namespace ${object.namespace}. Look: kubectl auth can-i create pods -n ${object.namespace}`,
    }
  if (lacks === undefined) return { ...refusal, cure: cureOf(refusal, answer.error) }
  const what = `${lacks.kind} ${lacks.name}`
  // it is about to be made: the refusal says nothing of the pod
  if (isWritten(lacks.kind, lacks.name))
    return {
      ...refusal,
      outcome: 'unknown',
      cure: `${what} is in the files and not in the cluster, and a dry run cannot make it: apply it first, then ask again.`,
    }
  return { ...refusal, cure: `${what} is neither in the cluster nor in the files: create it.` }
}

const STRANGER =
  'No API server answers so: a proxy, or something else, may stand at the address that the kubeconfig names.'

/** Somebody said yes, and nobody knows to what. */
const NO_POD: ToldRefusal = {
  outcome: 'unknown',
  by: { kind: 'server', name: '' },
  message: 'the answer to its creation is no Pod',
  cure: STRANGER,
}

/** Of a webhook that answered, and not with a review. */
const ODD_ANSWER = /: the server rejected our request |invalid webhook response|expected webhook response/

function cureOf({ by, outcome, message }: Refusal, { reason, status }: ApiError): string | undefined {
  if (outcome !== 'unknown') return undefined
  if (by.kind === 'server') return reason === '' && status < 500 && status !== 429 ? STRANGER : undefined
  if (by.kind !== 'webhook') return undefined
  if (ODD_ANSWER.test(message))
    return `The webhook ${by.name} answered, and not with a verdict: its log may tell why.`
  return isOurs(by)
    ? 'The webhook does not answer, and pods that ask are not created until it does: look at its pods (kubectl get pods -n dapr-shared-system).'
    : `The webhook ${by.name} does not answer, or cannot take part in a dry run: nobody judged the pod.`
}

type KnownAnswer = Extract<OfflineAnswer, { kind: 'admitted' | 'refused' }>

function isKnown(offline: OfflineAnswer): offline is KnownAnswer {
  return offline.kind === 'admitted' || offline.kind === 'refused'
}

function differencesOf(
  offline: OfflineAnswer,
  refusal: Refusal | undefined,
  result: Pod | undefined,
  warnings: readonly string[],
): Difference[] {
  if (!isKnown(offline) || refusal?.outcome === 'unknown') return []
  if (refusal !== undefined) return differentRefusal(offline, refusal)
  if (offline.kind === 'refused')
    return [{ field: '', offline: `refused: ${offline.message}`, cluster: 'admitted' }]
  return result === undefined
    ? []
    : [...compareInjection(offline.pod, result), ...differentWarnings(offline.warnings, warnings)]
}

/** Only our own refusal can be another than the offline answer: what anybody else says is not ours to foretell. */
function differentRefusal(offline: KnownAnswer, { by, message }: Refusal): Difference[] {
  if (!isOurs(by)) return []
  if (offline.kind === 'admitted') return [{ field: '', offline: 'admitted', cluster: `refused: ${message}` }]
  return by.kind !== 'webhook' || message.endsWith(oneLine(offline.message))
    ? []
    : [{ field: 'message', offline: offline.message, cluster: message }]
}

/** The webhook's second look may warn of what it finds then; notes have no rule that would tell them as ours. */
function differentWarnings(offline: readonly string[], cluster: readonly string[]): Difference[] {
  const ours = offline.map(oneLine)
  return [
    ...ours
      .filter((one) => !cluster.includes(one))
      .map((one) => ({ field: 'warnings', offline: one, cluster: '' })),
    ...cluster
      .filter((one) => isOurWarning(one) && !ours.includes(one))
      .map((one) => ({ field: 'warnings', offline: '', cluster: one })),
  ]
}

function isPodObject(loose: unknown): boolean {
  return objectOr(loose)['kind'] === 'Pod' && podOf(loose) !== undefined
}

/** A pod, where it can be read as one. */
export function podOf(loose: unknown): Pod | undefined {
  const pod = readPod(loose)
  return isPodProblem(pod) ? undefined : pod
}

function instanceOf(pod: Pod | undefined): string {
  const text = pod?.metadata.annotations?.[ANNOTATION.status] ?? ''
  try {
    return textOf(objectOr(JSON.parse(text))['instance']) ?? ''
  } catch {
    return ''
  }
}
