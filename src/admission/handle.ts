import type { IncomingHttpHeaders } from 'node:http'
import { patchProblem } from '../core/check-patch.ts'
import type { Settings } from '../core/settings.ts'
import { isAllowed, needsFacts, restsOnInventory, type Answer, type Decision } from '../core/decision.ts'
import { withNamespaces, type NamespaceInventory } from '../core/inventory.ts'
import { toJsonPatch } from '../core/json-patch.ts'
import { readAsk } from '../core/ask.ts'
import { isPodProblem, readPod, type Pod } from '../core/pod.ts'
import { FactUnavailable, type FactSource, type FactSubject } from '../facts/fact-source.ts'
import { gatherAndDecide } from '../facts/gather-and-decide.ts'
import { expandWorkload } from '../workloads/expand.ts'
import { workloadOf } from './decide-object.ts'
import { decideReview, type Known, type Stage } from './decide-review.ts'
import { refusal, unavailable, verdict, type Reply, type UnavailableReason } from './reply.ts'
import { decodeReview, encodeReview, MalformedReview, type Review, type ReviewedObject } from './review.ts'

/** What happened with one review; the telemetry's only source. */
export interface ReviewEvent {
  readonly stage: Stage
  readonly review: Review
  readonly decision: Decision
  readonly milliseconds: number
}

/** A review that got no verdict: handed over to another replica, or failed. */
export interface NoVerdictEvent {
  readonly stage: Stage
  readonly review: Review | undefined
  readonly reason: string
  readonly error?: unknown
  readonly milliseconds: number
}

export interface AdmissionEvents {
  podDecided(event: ReviewEvent): void
  handedOver(event: NoVerdictEvent): void
  failed(event: NoVerdictEvent): void
  /** the body was no review that an API server sends */
  malformed(event: NoVerdictEvent): void
  liveLookUp(review: Review, result: 'changed' | 'confirmed' | 'refused' | 'failed'): void
}

export interface HandlerParts {
  /** none until everything was read once */
  readonly known: () => Omit<Known, 'settings' | 'now'> | undefined
  readonly facts: FactSource
  /** is told of every pod that is admitted to use an instance, `<namespace>/<appId>`, before the next is decided */
  readonly admitted?: ((subject: FactSubject, instance: string) => void) | undefined
  readonly lookUp: ((namespace: string, signal: AbortSignal) => Promise<NamespaceInventory>) | undefined
  /** tells a look-up that the limits refused from one that failed */
  readonly isRefusal: (error: unknown) => boolean
  readonly settings: Settings
  readonly events: AdmissionEvents
  /** milliseconds, monotonic */
  readonly clock: () => number
  /** milliseconds since the epoch: exceptions end */
  readonly now: () => number
}

/**
 * Answers one review. It answers at once unless something must first be asked; what is asked is given up when the caller
 * is `gone`.
 *
 * @param headers those of the request, for whoever continues its trace; no decision rests on them
 */
export type Handler = (
  stage: Stage,
  body: unknown,
  limitMs: number,
  gone?: () => AbortSignal,
  headers?: IncomingHttpHeaders,
) => Reply | Promise<Reply>

/** @returns the handler of all webhooks; it never throws */
export function makeHandler(parts: HandlerParts): Handler {
  const { events, clock, facts } = parts
  return (stage, body, limitMs, gone) => {
    const started = clock()
    let review: Review | undefined
    const handOver = (reason: UnavailableReason, error?: unknown): Reply => {
      events.handedOver({ stage, review, reason, error, milliseconds: clock() - started })
      return unavailable(reason)
    }
    const fail = (error: unknown): Reply => {
      if (error instanceof MalformedReview) {
        events.malformed({ stage, review, reason: error.reason, milliseconds: clock() - started })
        return refusal(400, error.reason)
      }
      events.failed({ stage, review, reason: 'InternalError', error, milliseconds: clock() - started })
      return refusal(500, 'InternalError')
    }
    const answer = (decided: Review, decision: Decision): Reply => {
      const reply = verdict(encode(decided, stage, decision))
      events.podDecided({ stage, review: decided, decision, milliseconds: clock() - started })
      return reply
    }

    try {
      review = decodeReview(body)
      const decided = review
      const known = knownNow(parts)
      if (known === undefined) return handOver('NotSynced')
      const first = decideAndTell(parts, { stage, review, known }, facts.peek)
      if (!needsFacts(first) && (parts.lookUp === undefined || !mustBeLookedUp(stage, first))) {
        return answer(review, first)
      }
      return decideAsking(parts, { stage, review, known, limitMs, gone, first })
        .then((asked) => ('reason' in asked ? handOver(asked.reason, asked.error) : answer(decided, asked)))
        .catch(fail)
    } catch (error) {
      return fail(error)
    }
  }
}

function knownNow({ known, settings, now }: HandlerParts): Known | undefined {
  const current = known()
  return current === undefined ? undefined : { ...current, settings, now: now() }
}

/** Why no verdict is possible, and the error behind it where somebody must mend something. */
interface NoVerdict {
  readonly reason: UnavailableReason
  readonly error?: unknown
}

interface Asking {
  readonly stage: Stage
  readonly review: Review
  readonly known: Known
  readonly limitMs: number
  readonly gone: (() => AbortSignal) | undefined
  /** what could be said at once */
  readonly first: Answer
}

/** Many wait for one answer, and are decided one after the other: each must see the pods that went before it. */
function decideAndTell(
  { admitted }: HandlerParts,
  { stage, review, known }: Pick<Asking, 'stage' | 'review' | 'known'>,
  factsOf: FactSource['peek'],
): Answer {
  const answer = decideReview(stage, review, known, factsOf)
  const { subject, namespace, dryRun } = review
  if (admitted === undefined || dryRun || subject.kind !== 'create' || needsFacts(answer)) return answer
  if (isAllowed(answer) && answer.instance !== '') admitted({ pod: subject.pod, namespace }, answer.instance)
  return answer
}

/** Decides after asking: for facts that the policies need, and for the namespace before a refusal that rests on it. */
async function decideAsking(
  parts: HandlerParts,
  { stage, review, known, limitMs, gone, first }: Asking,
): Promise<Decision | NoVerdict> {
  const left = gone?.()
  const signal = AbortSignal.any([AbortSignal.timeout(limitMs), ...(left === undefined ? [] : [left])])
  try {
    const decideOn = (latest: Known): Promise<Decision> =>
      gatherAndDecide(
        (factsOf) => decideAndTell(parts, { stage, review, known: latest }, factsOf),
        parts.facts,
        signal,
      )
    const decision = needsFacts(first) ? await decideOn(known) : first
    if (parts.lookUp === undefined || !mustBeLookedUp(stage, decision)) return decision
    const live = await lookUpLive(parts, review, known, signal)
    // a pod that is admitted anyway is not kept from it
    if ('reason' in live) {
      if (isAllowed(decision)) return decision
      return left?.aborted === true ? { reason: 'ClientGone' } : live
    }
    const confirmed = await decideOn(live)
    parts.events.liveLookUp(review, restsOnInventory(confirmed) ? 'confirmed' : 'changed')
    return confirmed
  } catch (error) {
    if (left?.aborted === true) return { reason: 'ClientGone' }
    if (signal.aborted) return { reason: 'DeadlineExceeded' }
    if (error instanceof FactUnavailable) return { reason: 'FactUnavailable', error }
    throw error
  }
}

/** What the cluster says now of the instance's namespace: no refusal may rest on a watch that lags behind. */
async function lookUpLive(
  parts: HandlerParts,
  review: Review,
  known: Known,
  signal: AbortSignal,
): Promise<Known | NoVerdict> {
  const { lookUp, events } = parts
  const namespace = instanceNamespace(review)
  if (lookUp === undefined || namespace === undefined) return { reason: 'LookUpFailed' }
  let live: NamespaceInventory
  try {
    live = await lookUp(namespace, signal)
  } catch (error) {
    const refused = parts.isRefusal(error)
    events.liveLookUp(review, refused ? 'refused' : 'failed')
    if (refused) return { reason: 'LookUpRefused' }
    return signal.aborted ? { reason: 'DeadlineExceeded' } : { reason: 'LookUpFailed', error }
  }
  const { inventory } = knownNow(parts) ?? known
  return { ...known, inventory: withNamespaces(inventory, [[namespace, live]]) }
}

/** Advice on a template may be of a moment ago: its pods are decided when they come. */
function mustBeLookedUp(stage: Stage, decision: Decision): boolean {
  return restsOnInventory(decision) && (stage !== 'workloads' || decision.outcome === 'denied')
}

function instanceNamespace({ subject, namespace }: Review): string | undefined {
  const pod =
    subject.kind === 'create'
      ? subject.pod
      : subject.kind === 'object'
        ? templateOf(subject, namespace)
        : undefined
  if (pod === undefined || isPodProblem(pod)) return undefined
  const ask = readAsk(pod, namespace)
  return ask.kind === 'instance' ? ask.namespace : undefined
}

function templateOf(subject: ReviewedObject, namespace: string): ReturnType<typeof readPod> | undefined {
  const workload = workloadOf(subject)
  return workload && readPod(expandWorkload(workload, namespace).pod)
}

function encode(review: Review, stage: Stage, decision: Decision): string {
  const { subject } = review
  const patch = stage === 'mutate' && subject.kind === 'create' ? checkedPatch(subject.pod, decision) : []
  return encodeReview(review.uid, decision, patch)
}

function checkedPatch(pod: Pod, { edits }: Decision): ReturnType<typeof toJsonPatch> {
  if (edits.length === 0) return []
  const patch = toJsonPatch(pod, edits)
  const wrong = patchProblem(pod, patch)
  if (wrong !== undefined) throw new Error(`the patch would not apply: ${wrong}`)
  return patch
}
