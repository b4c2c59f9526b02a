import { type Sleep, within } from './deadline.ts'
import type { KubeClient, Query } from './kube-client.ts'
import { linkAbort } from './linked-abort.ts'
import { probeQuietWatch } from './quiet-probe.ts'
import type { Timings } from './timings.ts'
import { guardWatch } from './watchdog.ts'

export interface WatchToFollow {
  readonly client: KubeClient
  readonly path: string
  readonly query: Query
  /** where to begin, and later, where the watch has got to */
  readonly position: () => string
  readonly onOpen: () => void
  readonly onLine: (line: string) => void
  /** a probe has shown that a silent watch has missed nothing */
  readonly onCurrent: () => void
  readonly random: () => number
  readonly sleep: Sleep
  readonly signal: AbortSignal
}

/**
 * Reads one watch to its end under a watchdog. Resolves when the server closes it in good order; throws whatever else
 * ends it: also what `onLine` throws, and the reason of the signal. When it settles, nothing of it runs any more.
 */
export async function followWatch(watch: WatchToFollow, timings: Timings): Promise<void> {
  const { client, path, query, position, random, sleep, signal } = watch
  const { least, most } = timings.watchSeconds
  const seconds = least + Math.floor(random() * (most - least + 1))
  let lines = 0

  using round = linkAbort(signal)
  const guarded = guardWatch(
    {
      lines: () => lines,
      probe: () =>
        within({ milliseconds: timings.probeMs, what: 'a probe', sleep, signal: round.signal }, (limit) =>
          probeQuietWatch(client, path, query, position(), limit),
        ),
      onCurrent: watch.onCurrent,
      cut: (reason) => round.abort(reason),
      sleep,
      signal: round.signal,
    },
    timings,
  )

  try {
    const stream = await client.watch(path, {
      query: {
        ...query,
        resourceVersion: position(),
        timeoutSeconds: String(seconds),
        // Without them, the version of a quiet watch grows old, and its next start is a new list (410).
        allowWatchBookmarks: 'true',
      },
      signal: round.signal,
    })
    watch.onOpen()
    for await (const line of stream) {
      signal.throwIfAborted()
      lines += 1
      watch.onLine(line)
    }
  } catch (error) {
    // What broke the stream may be our own cut, or the stop.
    throw round.signal.aborted ? round.signal.reason : error
  } finally {
    round.abort()
    await guarded
  }
}
