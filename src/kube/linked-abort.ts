/** An abort signal of one piece of work, which also fires with its parent's. */
export interface LinkedAbort extends Disposable {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}

/**
 * `AbortSignal.any` with an end: when disposed, the work's own timers and requests are told, and nothing of it stays on
 * the parent's list of listeners. A program's one stop signal outlives a hundred thousand watches.
 */
export function linkAbort(parent: AbortSignal): LinkedAbort {
  const controller = new AbortController()
  const follow = (): void => controller.abort(parent.reason)
  if (parent.aborted) follow()
  else parent.addEventListener('abort', follow, { once: true })

  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      parent.removeEventListener('abort', follow)
      controller.abort()
    },
  }
}

/**
 * Waits for work no longer than until the signal fires, and throws its reason then. For work that does not listen: an
 * exec plugin that waits for somebody to log in, or undici before it has a connection (up to 10 s).
 */
export async function orAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (!signal) return work
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([aborted.promise, work])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
