import type { ReviewEvent } from '../admission/handle.ts'
import { FactUnavailable, type FactSubject } from '../facts/fact-source.ts'
import type { OwnerReference } from '../facts/owner-reference.ts'
import { refusalOf, type Refusal } from './refusal.ts'
import { makeSeriesBook, type Series } from './series-book.ts'
import { beginEvent, continueEvent, type WriteParts, type WrittenEvent } from './write-event.ts'

/** What became of a refusal: it got an Event, was counted in one, or was not told, by our limits or by an error. */
export type Told = 'written' | 'counted' | 'dropped' | 'failed'

export interface TellingParts extends WriteParts {
  /** the topmost owner that is verified */
  readonly ownerOf: (subject: FactSubject, signal: AbortSignal) => Promise<OwnerReference | undefined>
  /** whether one more Event may be written for a namespace: anybody may call the port */
  readonly allowed: (namespace: string) => boolean
  readonly tell: (result: Told, refusals: number) => void
  readonly log: { warn(facts: object, message: string): void }
  /** milliseconds, monotonic */
  readonly clock: () => number
  /** @returns what cancels it */
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void
}

export interface RefusalEvents extends AsyncDisposable {
  /** Takes note of a refusal, and returns at once. */
  readonly refused: (event: ReviewEvent) => void
}

/** One Event, its owner look-up included, may take so long. */
const ASK_MS = 5000

/**
 * Tells refusals by Events on what owns the pods, one after the other and apart from the decisions. Refusals alike are one
 * Event with a count; of too many, some are dropped.
 */
export function tellRefusals(parts: TellingParts): RefusalEvents {
  const { ownerOf, allowed, tell, log, clock, setTimer } = parts
  const book = makeSeriesBook()
  const events = new WeakMap<Series, WrittenEvent>()
  const stop = new AbortController()
  let work = Promise.resolve()
  let isWorking = false
  let cancelTimer = (): void => undefined
  let isTrouble = false

  function start(): void {
    cancelTimer()
    if (isWorking) return
    isWorking = true
    work = tellAll()
  }

  async function tellAll(): Promise<void> {
    let next = book.next(clock())
    while (next !== undefined && 'series' in next && !stop.signal.aborted) {
      await tellOne(next.series)
      next = book.next(clock())
    }
    // in the same turn as the last look: a refusal after it must start anew
    isWorking = false
    if (next !== undefined && 'at' in next && !stop.signal.aborted) {
      cancelTimer = setTimer(start, next.at - clock())
    }
  }

  async function tellOne(series: Series): Promise<void> {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(ASK_MS)])
    const event = events.get(series)
    try {
      const asked = event === undefined ? await begin(series, signal) : await goOn(series, event, signal)
      if (asked) isTrouble = false
      else giveUp(series, 'dropped')
    } catch (error) {
      if (stop.signal.aborted) return
      // a question that our own limits refused is no trouble
      const isLimit = error instanceof FactUnavailable && error.cause === undefined
      giveUp(series, isLimit ? 'dropped' : 'failed')
      if (isLimit) return
      if (!isTrouble)
        log.warn({ namespace: series.refusal.namespace, err: error }, 'an event was not written')
      isTrouble = true
    }
  }

  /** @returns whether the API server was asked to write; false where the Event may not be written */
  async function begin(series: Series, signal: AbortSignal): Promise<boolean> {
    const { namespace, subject, note }: Refusal = series.refusal
    // looked up first: whose claim is false takes no Event away from others
    const owner = await ownerOf(subject, signal)
    if (owner === undefined || !allowed(namespace)) return false
    const { event, isNew } = await beginEvent(parts, { namespace, owner, note }, signal)
    events.set(series, event)
    book.written(series, isNew ? 1 : 0, clock())
    if (isNew) tell('written', 1)
    return true
  }

  /** @returns as {@link begin} */
  async function goOn(series: Series, event: WrittenEvent, signal: AbortSignal): Promise<boolean> {
    if (!allowed(series.refusal.namespace)) return false
    const more = series.untold
    const continued = await continueEvent(parts, event, more, signal)
    if (continued === undefined) {
      // it has expired: the next look begins another
      events.delete(series)
      return true
    }
    events.set(series, continued)
    book.written(series, more, clock())
    tell('counted', more)
    return true
  }

  /** What has an Event is told later, if not for ever; what has none, not at all. */
  function giveUp(series: Series, result: 'dropped' | 'failed'): void {
    if (events.has(series) && book.postpone(series, clock())) return
    tell(result, series.untold)
    book.forget(series)
  }

  return {
    refused(event) {
      const refusal = refusalOf(event)
      if (refusal === undefined || stop.signal.aborted) return
      if (book.note(refusal, clock()) === 'dropped') tell('dropped', 1)
      else start()
    },
    async [Symbol.asyncDispose]() {
      cancelTimer()
      stop.abort()
      await work
    },
  }
}
