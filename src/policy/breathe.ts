import type { Sleep } from '../kube/deadline.ts'

/** As long as a review that came meanwhile may wait for us. */
const SLICE_MS = 2

/**
 * For work in many small steps, in a process that has something better to do.
 *
 * @param clock milliseconds, monotonic
 * @returns what is to be awaited between two steps: a turn for others, where they had none for a while
 */
export function makeBreathing(
  { clock, sleep }: { readonly clock: () => number; readonly sleep: Sleep },
  signal: AbortSignal,
): () => Promise<void> | undefined {
  let since = clock()
  return () => {
    if (clock() - since < SLICE_MS) return undefined
    return sleep(0, signal).then(() => void (since = clock()))
  }
}
