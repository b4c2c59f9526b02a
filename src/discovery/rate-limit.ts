/** A token bucket: `burst` at once, then `perSecond`. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export interface RateLimit {
  /** takes one token, if there is one */
  take(): boolean
  /** whether it has recovered fully, so that forgetting it changes nothing */
  isFull(): boolean
}

/** @param now milliseconds, monotonic */
export function makeRateLimit({ perSecond, burst }: Rate, now: () => number): RateLimit {
  let tokens = burst
  let filledAt = now()
  const fill = (): void => {
    const at = now()
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1000) * perSecond)
    filledAt = at
  }
  return {
    take() {
      fill()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    isFull() {
      fill()
      return tokens === burst
    },
  }
}

const SWEEP_MS = 1000

/**
 * A limit for each namespace and one for all of them together: no one namespace can use up what the others need.
 *
 * @returns whether one more is allowed
 */
export function makeRateLimits(
  rates: { readonly all: Rate; readonly namespace: Rate },
  clock: () => number,
): (namespace: string) => boolean {
  const all = makeRateLimit(rates.all, clock)
  const limits = new Map<string, RateLimit>()
  let sweepAt = 0

  /** Forgets, now and then, the limits that have recovered: callers choose the namespaces, and there is no end of names. */
  const forgetRested = (): void => {
    if (clock() < sweepAt) return
    sweepAt = clock() + SWEEP_MS
    for (const [name, limit] of limits) if (limit.isFull()) limits.delete(name)
  }

  return (namespace) => {
    forgetRested()
    const known = limits.get(namespace)
    if (known !== undefined) return known.take() && all.take()
    if (!all.take()) return false
    const limit = makeRateLimit(rates.namespace, clock)
    limits.set(namespace, limit)
    return limit.take()
  }
}
