import { monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks'

/** How late the event loop of this process is. */
export interface LoopDelayWatch extends Disposable {
  /** milliseconds, now: of one stall that is over it tells nothing */
  now(): number
  /** of the last one or two minutes, whoever asks how often: `quantile` is 0.5, 0.99 or 1 */
  quantiles(): readonly { readonly quantile: string; readonly seconds: number }[]
}

const RESOLUTION_MS = 20
const WINDOW_MS = 250
/** No shorter than the pause between two scrapes: each stall is seen by everybody who asks. */
const MINUTE_MS = 60_000
const QUANTILES = ['0.5', '0.99', '1']
const NOTHING = QUANTILES.map((quantile) => ({ quantile, seconds: 0 }))

/**
 * Watches by timers that should fire every 20 ms. What counts as now is the lesser of the means of two quarters of a second
 * in a row: a single stall (a collection of garbage, a machine that slept) is over when it is seen, and what waited
 * through it can be answered.
 *
 * @param minuteMs how long one half of what the quantiles are of lasts
 */
export function watchLoopDelay(minuteMs = MINUTE_MS): LoopDelayWatch {
  const always = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const thisMinute = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  always.enable()
  thisMinute.enable()
  let minuteBefore = NOTHING
  let before = 0
  let last = 0
  let seen = { count: 0, sum: 0 }
  const timer = setInterval(() => {
    // not reset: that loses the next firing, and a loop that is late has no more than one
    const { count } = always
    const sum = count === 0 ? 0 : always.mean * count
    before = last
    last = count === seen.count ? last : late((sum - seen.sum) / (count - seen.count))
    seen = { count, sum }
  }, WINDOW_MS).unref()
  const minutes = setInterval(() => {
    minuteBefore = quantilesOf(thisMinute)
    thisMinute.reset()
  }, minuteMs).unref()
  return {
    now: () => Math.min(before, last),
    quantiles: () =>
      quantilesOf(thisMinute).map(({ quantile, seconds }, index) => ({
        quantile,
        seconds: Math.max(seconds, minuteBefore[index]?.seconds ?? 0),
      })),
    [Symbol.dispose]() {
      clearInterval(timer)
      clearInterval(minutes)
      always.disable()
      thisMinute.disable()
    },
  }
}

function quantilesOf(histogram: Pick<RecordableHistogram, 'count' | 'percentile'>): typeof NOTHING {
  return QUANTILES.map((quantile) => ({ quantile, seconds: quantileOf(histogram, quantile) }))
}

function quantileOf(histogram: Pick<RecordableHistogram, 'count' | 'percentile'>, quantile: string): number {
  return histogram.count === 0 ? 0 : late(histogram.percentile(Number(quantile) * 100)) / 1000
}

/** The histogram tells how far the timer's firings lie apart, in nanoseconds. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
}
