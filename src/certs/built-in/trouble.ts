import { ApiError } from '../../kube/call-errors.ts'
import { LeaseLost } from '../../kube/lease-term.ts'
import type { CertificateLog } from '../source.ts'

/** What goes wrong in a piece of a duty that is tried again: each trouble is told once, and the pauses grow. */
export interface Trouble {
  /** Does the work once; never rejects. */
  around(work: () => Promise<void>): Promise<void>
  /** Whether it may be tried again by now. */
  isOver(): boolean
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** To be the slower one so often in a row is no chance: somebody else keeps writing, or nothing new is seen. */
const CONFLICTS_TOLD = 5

/** @param signal what is broken off by it is no trouble */
export function makeTrouble({
  what,
  secret,
  log,
  clock,
  signal,
}: {
  readonly what: string
  readonly secret: string
  readonly log: CertificateLog
  /** milliseconds, monotonic */
  readonly clock: () => number
  readonly signal: AbortSignal
}): Trouble {
  let told: string | undefined
  let failures = 0
  let conflicts = 0
  let pausedUntil = 0

  function fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : 'no answer'
    if (told !== reason) log.warn({ what, secret, reason }, 'the certificates cannot be kept')
    told = reason
    pausedUntil = clock() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
    failures += 1
  }

  return {
    async around(work) {
      try {
        await work()
        if (told !== undefined) log.info({ what, secret }, 'the certificates can be kept again')
        told = undefined
        failures = 0
        conflicts = 0
      } catch (error) {
        if (signal.aborted || error instanceof LeaseLost) return
        // somebody was faster: what he wrote is looked at next
        const isConflict = error instanceof ApiError && error.status === 409
        conflicts = isConflict ? conflicts + 1 : 0
        if (!isConflict || conflicts >= CONFLICTS_TOLD) fail(error)
      }
    },
    isOver: () => clock() >= pausedUntil,
  }
}
