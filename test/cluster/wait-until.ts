import { setTimeout as sleep } from 'node:timers/promises'

export interface WaitOptions {
  /** Milliseconds. */
  timeout?: number
  /** Milliseconds between two looks. */
  interval?: number
  /** Looked at each round: a sentence here ends the wait at once, with it as the error. */
  hopeless?: () => Promise<string | undefined>
}

/**
 * Looks again and again until `probe` gives something other than undefined or false, and returns that.
 * A probe that throws is asked again as well.
 *
 * @param what ends the sentence "waited 30 s until ..."
 * @throws Error when the time is over, with the probe's last error as its cause
 */
export async function waitUntil<Found>(
  what: string,
  probe: () => Promise<Found | undefined | false>,
  { timeout = 60_000, interval = 50, hopeless }: WaitOptions = {},
): Promise<Found> {
  const deadline = performance.now() + timeout
  let lastError: unknown
  for (;;) {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      lastError = error
    }
    const reason = await hopeless?.()
    if (reason !== undefined) throw new Error(reason)
    if (performance.now() > deadline) break
    await sleep(interval)
  }
  const because = lastError instanceof Error ? `; last error: ${lastError.message}` : ''
  throw new Error(`waited ${timeout / 1000} s until ${what}, in vain${because}`, { cause: lastError })
}
