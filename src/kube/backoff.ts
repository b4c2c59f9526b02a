import type { Timings } from './timings.ts'
import type { Trouble } from './trouble.ts'

export interface Backoff {
  /** How long to wait after this trouble, in milliseconds. Each call counts as one more failure of its kind. */
  readonly after: (trouble: Trouble) => number
  /** It has worked for a while: the next trouble is the first. */
  readonly settled: () => void
}

/**
 * Exponential backoff with full jitter, counted for each kind of trouble by itself. So an API server that comes back
 * after an hour of being unreachable, and then refuses for a second while it starts, is asked again soon; and two kinds
 * that take turns both grow, so that no mixture of troubles makes a hot loop.
 *
 * An expired version and a quiet close are first answered at once: they happen to every healthy watch.
 */
export function makeBackoff(random: () => number, timings: Timings): Backoff {
  const failures = new Map<Trouble['kind'], number>()

  return {
    after({ kind, retryAfterMs = 0 }) {
      const before = failures.get(kind) ?? 0
      failures.set(kind, before + 1)
      const free = kind === 'expired' || kind === 'closed' ? 1 : 0
      const cap = kind === 'unreachable' || kind === 'closed' ? timings.reconnectCapMs : timings.retryCapMs
      const ceiling = before < free ? 0 : Math.min(cap, timings.firstDelayMs * 2 ** (before - free))
      return Math.max(random() * ceiling, Math.min(retryAfterMs, timings.retryAfterCapMs))
    },
    settled: () => failures.clear(),
  }
}
