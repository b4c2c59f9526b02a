import type { Refusal } from './refusal.ts'

/** Refusals alike, told by one Event. */
export interface Series {
  readonly refusal: Refusal
  /** refusals that no Event tells of yet */
  untold: number
  /** when it may be written next, on the monotonic clock */
  dueAt: number
  /** milliseconds on that clock when it was last refused */
  lastAt: number
  /** when it could not be told for the first time since it was; nothing where it was told */
  stuckAt: number | undefined
}

/** How many series are kept: a namespace with a broken workload has one or two. */
const MOST_SERIES = 500

/** How many of them may wait for their first Event. */
const MOST_WAITING = 100

/** An Event is written at once, its series at the second refusal, and then once in so many milliseconds. */
const PAUSE_MS = 60_000

/** A series that rested, or could not be told, for so long is forgotten: Kubernetes' own recorder ends one after six minutes. */
const REST_MS = 360_000

/** Whether a refusal is told later; `dropped` where too many are waiting. */
export type Noted = 'new' | 'counted' | 'dropped'

export interface SeriesBook {
  readonly note: (refusal: Refusal, now: number) => Noted
  /** the one to write now, or when to look again; nothing where all is told */
  readonly next: (now: number) => { readonly series: Series } | { readonly at: number } | undefined
  /** it was written, with so many of its refusals */
  readonly written: (series: Series, told: number, now: number) => void
  /** it cannot be told now; false where that has been so for too long */
  readonly postpone: (series: Series, now: number) => boolean
  /** it cannot be told; the next one alike begins anew */
  readonly forget: (series: Series) => void
}

/** Keeps refusals until they are told. Its size has a limit, whatever callers send. */
export function makeSeriesBook(): SeriesBook {
  /** in the order of the last refusal */
  const known = new Map<string, Series>()
  /** those with no Event yet */
  const waiting = new Set<Series>()

  const forget = (series: Series): void => {
    waiting.delete(series)
    if (known.get(series.refusal.key) === series) known.delete(series.refusal.key)
  }
  const forgetRested = (now: number): void => {
    for (const series of known.values()) {
      if (now - series.lastAt < REST_MS) break
      if (series.untold === 0) forget(series)
    }
  }

  return {
    note(refusal, now) {
      const series = known.get(refusal.key)
      if (series !== undefined) {
        series.untold += 1
        series.lastAt = now
        known.delete(refusal.key)
        known.set(refusal.key, series)
        return 'counted'
      }
      forgetRested(now)
      if (waiting.size >= MOST_WAITING || known.size >= MOST_SERIES) return 'dropped'
      const first: Series = { refusal, untold: 1, dueAt: now, lastAt: now, stuckAt: undefined }
      known.set(refusal.key, first)
      waiting.add(first)
      return 'new'
    },
    next(now) {
      let at = Number.POSITIVE_INFINITY
      for (const series of known.values()) {
        if (series.untold === 0) continue
        if (series.dueAt <= now) return { series }
        at = Math.min(at, series.dueAt)
      }
      return at === Number.POSITIVE_INFINITY ? undefined : { at }
    },
    written(series, told, now) {
      series.untold -= told
      series.stuckAt = undefined
      // the second refusal shows at once that it goes on; after that it is only a number that grows
      series.dueAt = waiting.delete(series) ? now : now + PAUSE_MS
    },
    postpone(series, now) {
      series.dueAt = now + PAUSE_MS
      series.stuckAt ??= now
      return now - series.stuckAt < REST_MS
    },
    forget,
  }
}
