import { monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks'

/** How late the event loop of this process is. */
export interface LoopDelayWatch extends Disposable {
  /** milliseconds, now: of one stall that is over it tells nothing */
  now(): number
  /** since the last time that it was asked: `quantile` is 0.5, 0.99 or 1 */
  quantiles(): readonly { readonly quantile: string; readonly seconds: number }[]
}

const RESOLUTION_MS = 20
const WINDOW_MS = 250
const QUANTILES = ['0.5', '0.99', '1']

/**
 * Watches by timers that should fire every 20 ms. What counts as now is the lesser of the means of two quarters of a second
 * in a row: a single stall (a collection of garbage, a machine that slept) is over when it is seen, and what waited
 * through it can be answered.
 */
export function watchLoopDelay(): LoopDelayWatch {
  const always = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const sinceAsked = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  always.enable()
  sinceAsked.enable()
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
  return {
    now: () => Math.min(before, last),
    quantiles() {
      const told = QUANTILES.map((quantile) => ({ quantile, seconds: quantileOf(sinceAsked, quantile) }))
      sinceAsked.reset()
      return told
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      always.disable()
      sinceAsked.disable()
    },
  }
}

function quantileOf(histogram: Pick<RecordableHistogram, 'count' | 'percentile'>, quantile: string): number {
  return histogram.count === 0 ? 0 : late(histogram.percentile(Number(quantile) * 100)) / 1000
}

/** The histogram tells how far the timer's firings lie apart, in nanoseconds. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
}
