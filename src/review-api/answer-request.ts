import type { Known } from '../admission/decide-review.ts'
import type { Reply } from '../admission/reply.ts'
import type { SideRequest } from '../admission/side-door.ts'
import { FactUnavailable, type FactSource } from '../facts/fact-source.ts'
import { makeRateLimits, type Rate } from '../discovery/rate-limit.ts'
import { makeBreathing } from '../policy/breathe.ts'
import { withoutMarks, type ParsedManifests } from '../state/parse-manifests.ts'
import type { Caller, Identify } from './callers.ts'
import { makePlaces, type Places } from './places.ts'
import { checkMethod, readHeaders, tooLarge, type Asked } from './read-headers.ts'
import { DEFAULT_BOUNDS, FILE, readManifests, type ManifestBounds } from './read-manifests.ts'
import { refuse, Refusal } from './refuse.ts'
import { checkNamespaces, reviewableOf, reviewAll, type ReviewedAll } from './review-all.ts'
import { warningHeader } from './warning-header.ts'

/** What became of one request; the telemetry's only source. */
export interface RequestEvent {
  /** empty where he was not found out */
  readonly caller: string
  readonly status: number
  /** empty for a review */
  readonly reason: string
  readonly error: unknown
  /** reviewed ones */
  readonly objects: number
  readonly milliseconds: number
}

export interface ReviewApiParts {
  /** none until everything was read once */
  readonly known: () => Known | undefined
  /** apart from what admission asks with: its limits are for pods alone */
  readonly facts: FactSource
  readonly identify: Identify
  /** whether the serving certificate names the host of a `Host` header */
  readonly serves: (host: string) => boolean
  /** whether drained long enough: nothing is answered any more */
  readonly isClosing: () => boolean
  readonly limits: ReviewApiLimits
  readonly onAnswer: (event: RequestEvent) => void
  /** milliseconds, monotonic */
  readonly clock: () => number
  /** lets everybody else have a turn */
  readonly yieldTurn: () => Promise<void>
}

export interface ReviewApiLimits {
  /** bytes of a body that is read, and of one that is read away, so that the refusal arrives */
  readonly body: number
  readonly discard: number
  /** bytes of an answer */
  readonly answer: number
  readonly manifests: ManifestBounds
  /** requests, in all and of one caller */
  readonly rates: { readonly all: Rate; readonly caller: Rate }
  /** bodies that are read, and reviews that are made, at one time */
  readonly reading: number
  readonly reviewing: number
  /** requests that wait, with their bodies, to be reviewed */
  readonly waiting: number
  /** milliseconds to find out who asks, and for the review with the wait for it */
  readonly identifyMs: number
  readonly reviewMs: number
}

export const DEFAULT_REVIEW_LIMITS: ReviewApiLimits = {
  body: 1024 * 1024,
  discard: 64 * 1024 * 1024,
  answer: 8 * 1024 * 1024,
  manifests: DEFAULT_BOUNDS,
  rates: { all: { perSecond: 10, burst: 50 }, caller: { perSecond: 2, burst: 20 } },
  reading: 32,
  // each may take a slice of a turn, for which admission waits, and much memory
  reviewing: 2,
  waiting: 16,
  identifyMs: 5000,
  reviewMs: 10_000,
}

export const PATH = '/v1/review'

/** @returns the answer to each request for {@link PATH}: a ReviewResult, or why there is none; it never throws */
export function makeReviewApi(parts: ReviewApiParts): (request: SideRequest) => Promise<Reply> {
  const { limits, clock } = parts
  const mayAsk = makeRateLimits({ all: limits.rates.all, namespace: limits.rates.caller }, clock)
  const places = {
    reading: makePlaces(limits.reading),
    reviewing: makePlaces(limits.reviewing, limits.waiting),
  }

  return async (request) => {
    const started = clock()
    let caller: Caller | undefined
    let reviewed: ReviewedAll | undefined
    let refused: Refusal | undefined
    try {
      if (parts.isClosing())
        throw new Refusal('Draining', 'this replica is shutting down. Ask again: another one answers.')
      checkHost(parts, request)
      checkMethod(request.method)
      caller = await identify(parts, request)
      if (!mayAsk(caller.name))
        throw new Refusal(
          'TooManyRequests',
          'too many requests. Ask again in a moment, or for more objects at once.',
        )
      reviewed = await answer(parts, places, request, caller)
    } catch (error) {
      refused = asRefusal(error)
      // an answer while the client still writes could be lost
      await request.discardBody(limits.discard).catch(() => undefined)
    }
    const reply = refused === undefined ? review(reviewed) : refuse(refused)
    parts.onAnswer({
      caller: caller?.name ?? '',
      status: reply.status,
      reason: refused?.reason ?? '',
      error: refused?.cause,
      objects: reviewed?.objects ?? 0,
      milliseconds: clock() - started,
    })
    return reply
  }
}

/** A page of a browser may name us by any host that leads here. */
function checkHost({ serves }: ReviewApiParts, { headers }: SideRequest): void {
  if (!serves(headers.host ?? ''))
    throw new Refusal(
      'MisdirectedRequest',
      'the certificate of this server is not for the host that was asked. Ask by a host that it names.',
    )
}

async function identify({ identify: find, limits }: ReviewApiParts, request: SideRequest): Promise<Caller> {
  try {
    return await find(request, AbortSignal.timeout(limits.identifyMs))
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    if (!(cause instanceof FactUnavailable) && !isTimeout(cause)) throw cause
    throw new Refusal(
      'FactUnavailable',
      'the cluster does not tell now whose token it is. Ask again in a moment.',
      { cause },
    )
  }
}

interface PlacesOfBoth {
  readonly reading: Places
  readonly reviewing: Places
}

async function answer(
  parts: ReviewApiParts,
  places: PlacesOfBoth,
  request: SideRequest,
  caller: Caller,
): Promise<ReviewedAll> {
  const { body, reviewMs } = parts.limits
  const asked = readHeaders(request.url, request.headers, body)
  const text = await places.reading(() => readText(request, body))
  const signal = AbortSignal.timeout(reviewMs)
  return places.reviewing(() => reviewText(parts, text, asked, caller, signal), signal)
}

async function readText(request: SideRequest, most: number): Promise<string> {
  const bytes = await request.readBody(most).catch((cause: unknown) => {
    throw new Refusal('BadRequest', 'the connection ended before the body did.', { cause })
  })
  if (bytes === undefined) throw tooLarge(most)
  if (bytes.length === 0)
    throw new Refusal('BadManifest', 'the body is empty. Send manifests as YAML or JSON.')
  return bytes.toString('utf8')
}

async function reviewText(
  parts: ReviewApiParts,
  text: string,
  { defaultNamespace, format }: Asked,
  caller: Caller,
  signal: AbortSignal,
): Promise<ReviewedAll> {
  const { limits, clock, facts } = parts
  const breathe = makeBreathing({ clock, sleep: parts.yieldTurn }, signal)
  const parsed = await readManifests(text, limits.manifests, inTime(breathe, signal))
  if (format === 'json') checkJson(text)
  const manifests = reviewableOf(parsed, limits.manifests)
  await checkNamespaces(manifests, caller, { defaultNamespace, signal }).catch(rightsUnknown)
  const known = parts.known()
  if (known === undefined)
    throw new Refusal('NotSynced', 'the cluster was not read completely yet. Ask again in a moment.')
  const common = { known, facts, defaultNamespace, longest: limits.answer, breathe, signal }
  const reviewed = await reviewAll(manifests, common)
  return { ...reviewed, notes: [...reviewed.notes, ...skippedNotes(parsed, manifests.length)] }
}

function inTime(breathe: () => Promise<void> | undefined, signal: AbortSignal): typeof breathe {
  return () => {
    signal.throwIfAborted()
    return breathe()
  }
}

/** Whoever says JSON and sends YAML has made a mistake somewhere, and should learn of it. */
function checkJson(text: string): void {
  try {
    JSON.parse(withoutMarks(text))
  } catch {
    throw new Refusal(
      'BadManifest',
      `${FILE}:1: not JSON, as Content-Type says. Send JSON, or say application/yaml.`,
    )
  }
}

function rightsUnknown(cause: unknown): never {
  if (!(cause instanceof FactUnavailable)) throw cause
  throw new Refusal(
    'FactUnavailable',
    'the cluster does not tell now what you may ask about. Ask again in a moment.',
    { cause },
  )
}

function skippedNotes({ manifests, empty }: ParsedManifests, reviewed: number): string[] {
  const unknown = manifests.length - reviewed
  const parts = [
    ...(unknown > 0 ? [`objects that make no pods (${unknown})`] : []),
    ...(empty > 0 ? [`empty documents (${empty})`] : []),
  ]
  return parts.length === 0 ? [] : [`skipped: ${parts.join(', ')}.`]
}

function review(reviewed: ReviewedAll | undefined): Reply {
  const { body = '', notes = [] } = reviewed ?? {}
  return { status: 200, body, headers: notes.length === 0 ? {} : { warning: warningHeader(notes) } }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (isTimeout(error))
    return new Refusal(
      'DeadlineExceeded',
      'the review took too long. Send fewer objects at a time, or ask again in a moment.',
    )
  return new Refusal(
    'InternalError',
    'something went wrong here. Whoever runs the server finds it in its log.',
    {
      cause: error,
    },
  )
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
