const TOLD_EVERY_MS = 60_000

/**
 * What callers cause, they could fill the log with: of each kind one line a minute is enough.
 *
 * @param clock milliseconds, monotonic
 * @returns whether it is time to tell of this kind (again)
 */
export function makeSeldom(clock: () => number): (kind: string) => boolean {
  const toldAt = new Map<string, number>()
  return (kind) => {
    const last = toldAt.get(kind)
    if (last !== undefined && clock() - last < TOLD_EVERY_MS) return false
    toldAt.set(kind, clock())
    return true
  }
}
