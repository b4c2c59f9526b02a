import { readFields } from './read-fields.ts'

/** The API server answered, and the answer is no. Fields as in `metav1.Status`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status, or the `code` of an ERROR event within a watch */
  readonly status: number
  /** one word of the API, as `Expired` or `Forbidden`; empty when the answer was not a Status */
  readonly reason: string
  /** how long the server wants to be left alone */
  readonly retryAfterSeconds: number | undefined

  constructor(facts: {
    status: number
    reason: string
    message: string
    retryAfterSeconds?: number | undefined
  }) {
    super(facts.message)
    this.status = facts.status
    this.reason = facts.reason
    this.retryAfterSeconds = facts.retryAfterSeconds
  }
}

/** No answer: refused, reset, timed out, broken off, a certificate that does not fit. `cause` has the first reason. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** An answer that is not what the API promises, so that nothing in it can be believed. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer'
  /** True when what we hold may be wrong, too, and only a new list can tell. */
  readonly mistrust: boolean

  constructor(message: string, options?: ErrorOptions & { mistrust?: boolean }) {
    super(message, options)
    this.mistrust = options?.mistrust ?? false
  }
}

/** Reads the body of an answer that is not 2xx: a Status, or the text of some proxy on the way. */
export function readApiError(status: number, retryAfter: string | undefined, body: string): ApiError {
  const seconds = readSeconds(retryAfter)
  try {
    return readStatus(JSON.parse(body), status, seconds)
  } catch {
    const text = body.trim().replaceAll(/\s+/g, ' ').slice(0, 200)
    return new ApiError({ status, reason: '', message: text || `HTTP ${status}`, retryAfterSeconds: seconds })
  }
}

/** Reads a Status object. `status` stands in when it has no code; without either, the object is no answer at all. */
export function readStatus(object: unknown, status?: number, retryAfterSeconds?: number): ApiError {
  const { code, reason, message, details } = readFields(object)
  const known = status ?? code
  if (typeof known !== 'number') throw new UnreadableAnswer('an error from the API server has no code')
  return new ApiError({
    status: known,
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' && message !== '' ? message : `HTTP ${known}`,
    retryAfterSeconds: retryAfterSeconds ?? readSeconds(readFields(details)['retryAfterSeconds']),
  })
}

// The API server only ever sends whole seconds; the HTTP date that the header may also hold would need a clock here.
function readSeconds(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
