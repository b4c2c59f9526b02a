import { printable } from '../core/quote.ts'
import type { RequestEvent } from '../review-api/answer-request.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** One line and one count for each request to the review API: no token, and nothing of a body or an answer. */
export function makeReviewApiEvents(metrics: Metrics, log: Logger): (event: RequestEvent) => void {
  return ({ caller, status, reason, error, objects, milliseconds }) => {
    metrics.reviewApi.labels(String(status)).inc()
    const line = {
      caller: printable(caller),
      code: status,
      ...(reason === '' ? {} : { reason }),
      objects,
      milliseconds: Math.round(milliseconds * 1000) / 1000,
    }
    if (status < 500) log.info(line, 'review api')
    else if (status === 500) log.error({ ...line, err: error }, 'review api')
    else log.warn({ ...line, err: error }, 'review api')
  }
}
