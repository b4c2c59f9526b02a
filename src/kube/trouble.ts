import { ApiError, UnreachableError, UnreadableAnswer } from './call-errors.ts'

/** Why a list or a watch ended, and what follows from it. */
export interface Trouble {
  /**
   * - `unreachable`: nobody answers, or the connection broke
   * - `refused`: the server, or our own credentials, say no
   * - `expired`: the version we would go on from is gone
   * - `unreadable`: an answer that is not what the API promises
   * - `closed`: the server closed a watch in good order, though nothing had come
   */
  readonly kind: 'unreachable' | 'refused' | 'expired' | 'unreadable' | 'closed'
  /** one line for logs and metrics */
  readonly message: string
  /** only a new list helps: going on from where we are would fail again, or hide what was missed */
  readonly relist: boolean
  readonly retryAfterMs?: number
}

/** Statuses that blame the moment or the asker, not the question: the same watch may work later. */
const ASK_AGAIN = new Set([401, 403, 408, 429])

/** Reads what a list or a watch threw. Whatever is not known is taken as a refusal, the kind that is retried slowest. */
export function readTrouble(error: unknown): Trouble {
  if (error instanceof ApiError) return readRefusal(error)
  if (error instanceof UnreadableAnswer)
    return { kind: 'unreadable', message: error.message, relist: error.mistrust }
  if (error instanceof UnreachableError) return { kind: 'unreachable', message: error.message, relist: false }
  return { kind: 'refused', message: error instanceof Error ? error.message : String(error), relist: false }
}

function readRefusal({ status, reason, message, retryAfterSeconds }: ApiError): Trouble {
  const told = `${status}${reason === '' ? '' : ` ${reason}`}: ${message}`
  if (status === 410 || isTooLarge(status, message)) return { kind: 'expired', message: told, relist: true }
  return {
    kind: 'refused',
    message: told,
    relist: status >= 400 && status < 500 && !ASK_AGAIN.has(status),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1000 }),
  }
}

/**
 * Our version is from the server's future: it was restored from a backup, or another of the API servers lags. A list
 * without a version cannot fail so. (apiserver/pkg/storage/errors.go NewTooLargeResourceVersionError)
 */
function isTooLarge(status: number, message: string): boolean {
  return status === 504 && /too large resource version/i.test(message)
}
