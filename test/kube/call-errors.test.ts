import { expect, test } from 'vitest'
import { readApiError, readStatus, UnreadableAnswer } from '../../src/kube/call-errors.ts'

test('reads a Status', () => {
  const body = JSON.stringify({
    kind: 'Status',
    code: 403,
    reason: 'Forbidden',
    message: 'pods is forbidden',
    details: { retryAfterSeconds: 3 },
  })
  expect(readApiError(403, undefined, body)).toMatchObject({
    status: 403,
    reason: 'Forbidden',
    message: 'pods is forbidden',
    retryAfterSeconds: 3,
  })
})

test('the header of the answer goes before the details', () => {
  expect(readApiError(429, '5', '{"details":{"retryAfterSeconds":1}}').retryAfterSeconds).toBe(5)
})

test.each(['-1', '1.5', 'soon', '', '99999999999', 'Wed, 21 Oct 2026 07:28:00 GMT'])(
  'Retry-After %j says nothing',
  (header) => expect(readApiError(503, header, '{}')).toHaveProperty('retryAfterSeconds', undefined),
)

test('shows the text of a proxy, on one line and not all of it', () => {
  const error = readApiError(502, undefined, `<html>\n  <h1>Bad Gateway</h1>${'x'.repeat(1000)}`)
  expect(error).toMatchObject({ status: 502, reason: '' })
  expect(error.message).toMatch(/^<html> <h1>Bad Gateway<\/h1>x+$/)
  expect(error.message.length).toBe(200)
})

test('says at least the status', () => {
  expect(readApiError(500, undefined, '').message).toBe('HTTP 500')
  expect(readApiError(500, undefined, '{"message":7}').message).toBe('HTTP 500')
})

test('a status without a code is no answer', () => {
  expect(() => readStatus({ message: 'oops' })).toThrow(UnreadableAnswer)
  expect(() => readStatus(null)).toThrow(UnreadableAnswer)
})
