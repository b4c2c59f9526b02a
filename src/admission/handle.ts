import { patchProblem } from '../core/check-patch.ts'
import type { Settings } from '../core/settings.ts'
import { restsOnInventory, type Decision } from '../core/decision.ts'
import { withNamespaces, type Inventory, type NamespaceInventory } from '../core/inventory.ts'
import { toJsonPatch } from '../core/json-patch.ts'
import { readAsk } from '../core/ask.ts'
import type { Pod } from '../core/pod.ts'
import { decideReview, type Stage } from './decide-review.ts'
import { refusal, unavailable, verdict, type Reply, type UnavailableReason } from './reply.ts'
import { decodeReview, encodeReview, MalformedReview, type Review } from './review.ts'

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
  readonly inventory: () => Inventory | undefined
  readonly lookUp: ((namespace: string, signal: AbortSignal) => Promise<NamespaceInventory>) | undefined
  /** tells a look-up that the limits refused from one that failed */
  readonly isRefusal: (error: unknown) => boolean
  readonly settings: Settings
  readonly events: AdmissionEvents
  /** milliseconds, monotonic */
  readonly clock: () => number
}

/** Answers one review. It answers at once unless a refusal must first be looked up live. */
export type Handler = (stage: Stage, body: unknown, limitMs: number) => Reply | Promise<Reply>

/** @returns the handler of both webhooks; it never throws */
export function makeHandler(parts: HandlerParts): Handler {
  const { events, clock } = parts
  return (stage, body, limitMs) => {
    const started = clock()
    let review: Review | undefined
    const handOver = (reason: UnavailableReason, error?: unknown): Reply => {
      events.handedOver({ stage, review, reason, error, milliseconds: clock() - started })
      return unavailable(reason)
    }
    const fail = (error: unknown): Reply => {
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
      const inventory = parts.inventory()
      if (inventory === undefined) return handOver('NotSynced')
      const decision = decideReview(stage, review, inventory, parts.settings)
      if (parts.lookUp === undefined || !restsOnInventory(decision)) return answer(review, decision)
      return decideLive(parts, stage, review, limitMs)
        .then((live) => ('reason' in live ? handOver(live.reason, live.error) : answer(decided, live)))
        .catch(fail)
    } catch (error) {
      if (!(error instanceof MalformedReview)) return fail(error)
      events.malformed({ stage, review, reason: error.reason, milliseconds: clock() - started })
      return refusal(400, error.reason)
    }
  }
}

/** Why no verdict is possible, and the error behind it where somebody must mend something. */
interface NoVerdict {
  readonly reason: UnavailableReason
  readonly error?: unknown
}

/** Decides again on what the cluster says now: no refusal may rest on a watch that lags behind. */
async function decideLive(
  parts: HandlerParts,
  stage: Stage,
  review: Review,
  limitMs: number,
): Promise<Decision | NoVerdict> {
  const { lookUp, events } = parts
  const namespace = instanceNamespace(review)
  if (lookUp === undefined || namespace === undefined) return { reason: 'LookUpFailed' }
  let live: NamespaceInventory
  const signal = AbortSignal.timeout(limitMs)
  try {
    live = await lookUp(namespace, signal)
  } catch (error) {
    const refused = parts.isRefusal(error)
    events.liveLookUp(review, refused ? 'refused' : 'failed')
    if (refused) return { reason: 'LookUpRefused' }
    return signal.aborted ? { reason: 'DeadlineExceeded' } : { reason: 'LookUpFailed', error }
  }
  const inventory = withNamespaces(parts.inventory() ?? new Map(), [[namespace, live]])
  const decision = decideReview(stage, review, inventory, parts.settings)
  events.liveLookUp(review, restsOnInventory(decision) ? 'confirmed' : 'changed')
  return decision
}

function instanceNamespace({ subject, namespace }: Review): string | undefined {
  const ask = subject.kind === 'create' ? readAsk(subject.pod, namespace) : undefined
  return ask?.kind === 'instance' ? ask.namespace : undefined
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
