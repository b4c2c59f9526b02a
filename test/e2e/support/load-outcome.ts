/**
 * - `not-right`: admitted, but not with the variables that it must have; a pod that did not ask: touched
 * - `refused`: somebody denied it
 * - `failed`: an error of any kind
 * - `set-aside`: an error, and the API server itself was down
 */
export type Outcome = 'right' | 'not-right' | 'refused' | 'failed' | 'set-aside'

/** One call to the API server; times on a monotonic clock. */
export interface Attempt {
  readonly began: number
  readonly ended: number
  /** none: the connection broke */
  readonly status: number | undefined
  /** the body, or the error of the connection */
  readonly message: string
}

/** @param outages when the API server was down; nothing that a webhook had a part in is excused by them */
export function judgeCall(
  attempt: Attempt,
  isRight: (body: string) => boolean,
  outages: readonly { from: number; until: number }[],
): Outcome {
  const { began, ended, status, message } = attempt
  if (status === 201) return isRight(message) ? 'right' : 'not-right'
  const wasDown = outages.some(({ from, until }) => began <= until && ended >= from)
  if (wasDown && isOfApiServer(status, message)) return 'set-aside'
  return status === 403 || status === 422 ? 'refused' : 'failed'
}

/** Whether the API server failed by itself: it broke the connection, is going, or is not ready yet. */
function isOfApiServer(status: number | undefined, message: string): boolean {
  if (message.includes('webhook')) return false
  return (
    status === undefined || status === 429 || status === 503 || status === 504 || isStarting(status, message)
  )
}

/** A starting API server admits nothing and knows no rights before it has read what it needs. */
function isStarting(status: number, message: string): boolean {
  if (status === 403) return message.includes('not yet ready to handle request')
  return status === 401 || (status === 500 && message.includes('apiserver is shutting down'))
}
