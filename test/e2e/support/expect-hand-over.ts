import { expect } from 'vitest'
import type { HttpAnswer } from './server-process.ts'

/** No verdict: the API server asks another replica, or this one again, and else `failurePolicy` decides. */
export function expectHandOver({ status, headers, body }: HttpAnswer): void {
  expect({ status, retryAfter: headers['retry-after'] }).toEqual({ status: 503, retryAfter: '1' })
  expect(body).not.toContain('instance.')
}
