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
