import { expect, test } from 'vitest'
import { ApiError, UnreachableError, UnreadableAnswer } from '../../src/kube/call-errors.ts'
import { KubeConfigError } from '../../src/kube/kube-config.ts'
import { readTrouble } from '../../src/kube/trouble.ts'

function apiError(status: number, message = 'm', retryAfterSeconds?: number): ApiError {
  return new ApiError({ status, reason: 'R', message, retryAfterSeconds })
}

test.each([
  [apiError(410), 'expired', true],
  [apiError(504, 'Timeout: Too large resource version: 9, current: 5'), 'expired', true],
  [apiError(504, 'gateway timeout'), 'refused', false],
  [apiError(400), 'refused', true],
  [apiError(401), 'refused', false],
  [apiError(403), 'refused', false],
  [apiError(404), 'refused', true],
  [apiError(408), 'refused', false],
  [apiError(422), 'refused', true],
  [apiError(429), 'refused', false],
  [apiError(500), 'refused', false],
  [apiError(503), 'refused', false],
  [new UnreachableError('reset'), 'unreachable', false],
  [new UnreadableAnswer('no JSON'), 'unreadable', false],
  [new UnreadableAnswer('went back', { mistrust: true }), 'unreadable', true],
  [new KubeConfigError('no token'), 'refused', false],
  [new TypeError('a bug'), 'refused', false],
  ['a string', 'refused', false],
])('%o is %s, to be listed anew: %s', (error, kind, relist) => {
  expect(readTrouble(error)).toMatchObject({ kind, relist })
})

test('says how long to wait, and why', () => {
  expect(readTrouble(apiError(429, 'too many', 4))).toEqual({
    kind: 'refused',
    message: '429 R: too many',
    relist: false,
    retryAfterMs: 4000,
  })
})
