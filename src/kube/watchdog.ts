import { UnreachableError, UnreadableAnswer } from './call-errors.ts'
import type { Sleep } from './deadline.ts'
import type { Verdict } from './quiet-probe.ts'
import type { Timings } from './timings.ts'

export interface Watched {
  /** how many lines the watch has brought so far */
  readonly lines: () => number
  readonly probe: () => Promise<Verdict>
  /** a probe has shown that nothing was missed */
  readonly onCurrent: () => void
  /** ends the watch */
  readonly cut: (reason: Error) => void
  readonly sleep: Sleep
  readonly signal: AbortSignal
}

/**
 * Ends a watch that no longer brings what it should. A connection can die without a word (a lost route, a firewall
 * that forgot it, a proxy that holds the bytes back), and to a reader that looks like a quiet cluster.
 *
 * TCP keep-alive on the socket (agents.ts) finds the dead peer within 30 s, but not a live one that passes nothing on.
 * So after a while of silence a probe asks on another connection. News there: this watch is cut. No answer there: a new
 * watch would fare no better, so this one is kept, since it may be alive (think of a DNS server that is down), and asked
 * about again each tick; when answers return, it is cut, as it may not have survived what the others did not.
 *
 * A server that promised bookmarks and brings none for minutes is not to be trusted at all, so then the cut asks for a
 * new list. That happens after etcd was restored from an older backup: the API server accepts a watch from a version of
 * its future, and says nothing until it gets there (apiserver/pkg/storage/cacher).
 *
 * Silence is counted in sleeps and not read from a clock: a clock that jumps, or a machine that was suspended, neither
 * cuts a good watch nor hides a dead one. Resolves when the signal fires or the watch was cut.
 */
export async function guardWatch(watched: Watched, timings: Timings): Promise<void> {
  let seen = 0
  let silentMs = 0
  let probedAtMs = 0
  let suspect = false

  while (await tick(watched, timings.tickMs)) {
    if (watched.lines() !== seen) {
      seen = watched.lines()
      silentMs = probedAtMs = 0
      suspect = false
      continue
    }
    silentMs += timings.tickMs
    if (silentMs >= timings.inactivityMs)
      return watched.cut(new UnreadableAnswer(`${silence(silentMs)}, without a bookmark`, { mistrust: true }))
    if (!suspect && silentMs - probedAtMs < timings.probeAfterMs) continue

    probedAtMs = silentMs
    const verdict = await watched.probe()
    // The watch spoke while we asked: so it lives, and the news may have been its own.
    if (watched.lines() !== seen) continue
    if (verdict === 'current') watched.onCurrent()
    if (verdict === 'missed' || (suspect && verdict === 'current'))
      return watched.cut(new UnreachableError(`${silence(silentMs)}, and a probe shows that it is dead`))
    suspect ||= verdict === 'unreachable'
  }
}

/** False when the watch has ended meanwhile. */
async function tick({ sleep, signal }: Watched, milliseconds: number): Promise<boolean> {
  try {
    await sleep(milliseconds, signal)
  } catch {
    return false
  }
  return !signal.aborted
}

function silence(milliseconds: number): string {
  return `the watch was silent for ${milliseconds / 1000} s`
}
