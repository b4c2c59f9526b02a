import { CertificateError } from './certificate-error.ts'
import type { CertificateLog } from './source.ts'
import type { SetTimer } from './timer.ts'

// An editor or kubelet touches several files in a row; one look after the last of them is enough.
const SETTLE_MS = 100

/** Checks that never overlap. */
export interface Checks extends AsyncDisposable {
  /** Check shortly, not only when the interval is over. Many calls in a row make one check. */
  soon(): void
}

/**
 * Runs `check` every `everyMs` (counted from the end of the one before), and soon when told. A check that throws is
 * a warning, once for each distinct message until a check passes again: a broken file must not fill the log.
 */
export function keepChecking({
  check,
  everyMs,
  setTimer,
  log,
  outcome = () => 'The certificate in service stays.',
}: {
  check: () => Promise<void>
  everyMs: number
  /** the end of a warning */
  outcome?: () => string
  setTimer: SetTimer
  log: CertificateLog
}): Checks {
  const warned = new Set<string>()
  let hurried = false
  let running: Promise<void> | undefined
  let stopped = false
  let cancel = setTimer(start, everyMs)

  function start(): void {
    hurried = false
    running = guarded().finally(() => {
      running = undefined
      if (!stopped) cancel = setTimer(start, hurried ? SETTLE_MS : everyMs)
    })
  }

  async function guarded(): Promise<void> {
    try {
      await check()
      warned.clear()
    } catch (err) {
      const message = err instanceof Error ? err.message : String(err)
      if (stopped || warned.has(message)) return
      warned.add(message)
      const facts = err instanceof CertificateError ? { problem: err.problem } : { err }
      log.warn(facts, `${message} ${outcome()}`)
    }
  }

  return {
    soon() {
      if (hurried || stopped) return
      hurried = true
      if (running !== undefined) return
      cancel()
      cancel = setTimer(start, SETTLE_MS)
    },
    async [Symbol.asyncDispose]() {
      stopped = true
      cancel()
      await running
    },
  }
}
