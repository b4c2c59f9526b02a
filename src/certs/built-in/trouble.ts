import { ApiError } from '../../kube/call-errors.ts'
import { LeaseLost } from '../../kube/lease-term.ts'
import type { CertificateLog } from '../source.ts'

/** What goes wrong in a duty that is tried again: each trouble is told once, and the pauses grow. */
export interface Trouble {
  /** Does a piece of work, and answers whether it came to an end; never rejects. */
  around(what: string, work: () => Promise<void>): Promise<boolean>
  pauseMs(): number
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

export function makeTrouble(log: CertificateLog, secret: string): Trouble {
  const told = new Map<string, string>()
  let failures = 0

  return {
    async around(what, work) {
      try {
        await work()
        if (told.delete(what)) log.info({ what, secret }, 'the certificates can be kept again')
        if (told.size === 0) failures = 0
        return true
      } catch (error) {
        // somebody was faster, or leads by now: what he wrote is looked at next
        if (error instanceof LeaseLost || (error instanceof ApiError && error.status === 409)) return true
        const reason = error instanceof Error ? error.message : 'no answer'
        if (told.get(what) !== reason) log.warn({ what, secret, reason }, 'the certificates cannot be kept')
        told.set(what, reason)
        failures += 1
        return false
      }
    },
    pauseMs: () => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1)),
  }
}
