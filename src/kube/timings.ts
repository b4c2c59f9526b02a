/** Every number of the reflector, in milliseconds where the name says so. */
export interface Timings {
  readonly pageSize: number
  readonly pageMs: number
  readonly watchSeconds: { readonly least: number; readonly most: number }
  readonly tickMs: number
  readonly probeAfterMs: number
  readonly probeMs: number
  readonly inactivityMs: number
  readonly settledMs: number
  readonly relistMs: number
  readonly firstDelayMs: number
  readonly reconnectCapMs: number
  readonly retryCapMs: number
  readonly retryAfterCapMs: number
}

export const DEFAULT_TIMINGS: Timings = {
  // What kubectl and client-go ask for.
  pageSize: 500,
  // One page: the API server itself gives up after 60 s, and a dead peer should not hold the first sync up for long.
  pageMs: 30_000,
  // The server ends a watch after so long; random, so that many watches do not return in step. As client-go's 5-10 min.
  watchSeconds: { least: 300, most: 600 },
  // Silence is counted in ticks (watchdog.ts). 25 s of it + a tick of 5 s + a probe of 5 s: a dead peer, or bytes held
  // back on the way, are noticed within 35 s.
  tickMs: 5_000,
  probeAfterMs: 25_000,
  probeMs: 5_000,
  // The backstop when all probes say that nothing was missed. Bookmarks come about each minute, the first seen on a
  // quiet resource came after 121 s, so a shorter limit would cut healthy watches. A server without a watch cache sends
  // none: there, a quiet resource is listed anew each time.
  inactivityMs: 180_000,
  // A watch that lasted so long was healthy: the next trouble is a new one.
  settledMs: 10_000,
  // A watch that ends in its time after so long is followed by a list instead of another watch. Nothing should differ;
  // but after a restore from a backup, or a bug in a server's cache, it may, and nothing else would ever tell.
  relistMs: 3_600_000,
  // Backoff is `random × min(cap, firstDelay × 2^n)`, the "full jitter" of
  // https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
  firstDelayMs: 500,
  // While nobody answers, or the server only closes watches, it costs nothing to ask again soon, and whoever waits for
  // an API server to come back wants to be served within 2 s of it.
  reconnectCapMs: 2_000,
  // The server answers, and says no: overloaded, not allowed, not there.
  retryCapMs: 30_000,
  // Retry-After is obeyed up to here; the API server itself says 1.
  retryAfterCapMs: 60_000,
}
