import type { Reply } from '../admission/reply.ts'

/** Why there is no review, in one word for programs. The sentence beside it is for people. */
export type Reason =
  | 'BadRequest'
  | 'BadManifest'
  | 'TooComplex'
  | 'Unauthorized'
  | 'Forbidden'
  | 'MethodNotAllowed'
  | 'BodyTooLarge'
  | 'AnswerTooLarge'
  | 'UnsupportedMediaType'
  | 'MisdirectedRequest'
  | 'NothingToReview'
  | 'NoSuchNamespace'
  | 'TooManyRequests'
  | 'InternalError'
  | 'NotSynced'
  | 'Draining'
  | 'Overloaded'
  | 'FactUnavailable'
  | 'DeadlineExceeded'

const STATUS: Readonly<Record<Reason, number>> = {
  BadRequest: 400,
  BadManifest: 400,
  TooComplex: 400,
  Unauthorized: 401,
  Forbidden: 403,
  MethodNotAllowed: 405,
  BodyTooLarge: 413,
  AnswerTooLarge: 413,
  UnsupportedMediaType: 415,
  MisdirectedRequest: 421,
  NothingToReview: 422,
  NoSuchNamespace: 422,
  TooManyRequests: 429,
  InternalError: 500,
  NotSynced: 503,
  Draining: 503,
  Overloaded: 503,
  FactUnavailable: 503,
  DeadlineExceeded: 503,
}

/** A request that gets no review. The message goes to the caller, and so has nothing that he did not send or may not know. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: Reason
  readonly headers: Readonly<Record<string, string>>

  constructor(
    reason: Reason,
    message: string,
    { headers = {}, ...options }: ErrorOptions & { headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options)
    this.reason = reason
    this.headers = headers
  }
}

/** `{"error":{"reason":"Forbidden","message":"…"}}`, with `Retry-After` where asking again may help. */
export function refuse({ reason, message, headers }: Refusal): Reply {
  const status = STATUS[reason]
  const body = JSON.stringify({ error: { reason, message } })
  if (status !== 429 && status !== 503) return { status, body, headers }
  return { status, body, headers, retryAfter: reason === 'Draining' ? 0 : 1 }
}
