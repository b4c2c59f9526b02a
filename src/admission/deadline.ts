/** What is left for us of the API server's time, so that a late answer is a retry and not a broken connection. */
const RESERVE_MS = 500
const LEAST_MS = 100

const GO_DURATION = /^(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/

/**
 * The milliseconds that a request may take: the API server says in `?timeout=` (a Go duration, rounded up to a second)
 * how long it waits, and half a second of it is the way back.
 *
 * @param most the longest we allow ourselves, and what counts where nothing readable is said
 */
export function timeLimit(timeout: string, most: number): number {
  const match = GO_DURATION.exec(timeout)
  if (match === null || timeout === '') return most
  const [, minutes = 0, seconds = 0, milliseconds = 0] = match
  const given = Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(milliseconds)
  return Math.min(most, Math.max(given - RESERVE_MS, LEAST_MS))
}
