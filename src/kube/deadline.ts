import { UnreachableError } from './call-errors.ts'
import { linkAbort } from './linked-abort.ts'

/** Resolves after the time; rejects at once when the signal fires. `setTimeout` of `node:timers/promises` fits. */
export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>

/**
 * Does work that may take no longer than `milliseconds`, after which its signal fires and it fails as unreachable.
 * `what` begins the message: "listing pods".
 */
export async function within<Result>(
  {
    milliseconds,
    what,
    sleep,
    signal,
  }: { milliseconds: number; what: string; sleep: Sleep; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using limit = linkAbort(signal)
  const late = new UnreachableError(`${what} took longer than ${milliseconds / 1000} s`)
  sleep(milliseconds, limit.signal).then(
    () => limit.abort(late),
    () => undefined,
  )
  try {
    return await work(limit.signal)
  } catch (error) {
    throw limit.signal.reason === late ? late : error
  }
}
