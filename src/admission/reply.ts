import type { MalformedReason } from './review.ts'
import type { JsonExcess } from './bounded-json.ts'

/** What leaves as HTTP. A verdict is always 200; everything else leaves the decision to `failurePolicy`. */
export interface Reply {
  readonly status: number
  readonly body: string
  /** seconds; makes the API server send the same review again, to another replica if there is one */
  readonly retryAfter?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
}

/** Words that a refused caller is told, and no more: nothing of the input goes back. */
export type RefusalReason =
  | MalformedReason
  | JsonExcess
  | 'EmptyBody'
  | 'BadJSON'
  | 'BodyTooLarge'
  | 'ClientCertificateRequired'
  | 'UnsupportedMediaType'
  | 'MisdirectedRequest'
  | 'MethodNotAllowed'
  | 'NotFound'
  | 'BadRequest'
  | 'InternalError'

export type UnavailableReason =
  | 'NotSynced'
  | 'Draining'
  | 'Overloaded'
  | 'LookUpRefused'
  | 'LookUpFailed'
  | 'FactUnavailable'
  | 'DeadlineExceeded'
  | 'ClientGone'

export function verdict(body: string): Reply {
  return { status: 200, body }
}

export function refusal(status: number, reason: RefusalReason): Reply {
  return { status, body: JSON.stringify({ error: reason }) }
}

/** 503 with `Retry-After`: 0 asks the API server to try another replica at once, 1 to wait a second first. */
export function unavailable(reason: UnavailableReason): Reply {
  return { status: 503, body: JSON.stringify({ error: reason }), retryAfter: reason === 'Draining' ? 0 : 1 }
}
