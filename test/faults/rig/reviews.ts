import type { HttpAnswer } from '../../e2e/support/server-process.ts'
import { aPod } from '../../e2e/support/pods.ts'
import { reviewOf } from '../../e2e/support/reviews.ts'

/** What a server said to a review that came past the API server, in one word; else its status and body. */
export function verdictOf({ status, headers, body }: HttpAnswer): string {
  if (status === 503) return `handed over, Retry-After ${String(headers['retry-after'])}`
  if (status !== 200) return `${status} ${body}`
  if (body.includes('[instance.missing]')) return 'missing'
  if (!body.includes('"allowed":true')) return `refused: ${body}`
  return body.includes('"patch":') ? 'injected' : 'admitted'
}

/** The review of a pod that asks for an instance. */
export function reviewFor(appId: string, namespace: string): object {
  return reviewOf(aPod('asking', appId), namespace)
}
