import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError, UnreadableAnswer } from '../../src/kube/call-errors.ts'
import { decodeWatchLine } from '../../src/kube/watch-event.ts'

test.each(['ADDED', 'MODIFIED', 'DELETED'])('%s brings the object and what names it', (type) => {
  const object = {
    metadata: { namespace: 'n', name: 'a', uid: 'u', resourceVersion: '7', labels: {} },
    spec: {},
  }
  expect(decodeWatchLine(JSON.stringify({ type, object }))).toEqual({
    type,
    object,
    meta: { namespace: 'n', name: 'a', uid: 'u', resourceVersion: '7' },
  })
})

test('an object of the cluster has no namespace', () => {
  const line = '{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"7"}}}'
  expect(decodeWatchLine(line)).toMatchObject({ meta: { namespace: '', name: 'a', uid: '' } })
})

test('a bookmark brings its version', () => {
  const line =
    '{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"9","creationTimestamp":null}}}'
  expect(decodeWatchLine(line)).toEqual({ type: 'BOOKMARK', resourceVersion: '9' })
})

test('an error is thrown as what it is', () => {
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' }
  const decode = (): unknown => decodeWatchLine(JSON.stringify({ type: 'ERROR', object: status }))
  expect(decode).toThrow(ApiError)
  expect(decode).toThrow(expect.objectContaining({ status: 410, reason: 'Expired', message: status.message }))
})

describe('is unreadable:', () => {
  test.each([
    '',
    'null',
    '[]',
    '7',
    '"ADDED"',
    '{',
    '{}',
    '{"type":null}',
    '{"type":"added","object":{"metadata":{"name":"a","resourceVersion":"7"}}}',
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":null}',
    '{"type":"ADDED","object":[]}',
    '{"type":"ADDED","object":{}}',
    '{"type":"ADDED","object":{"metadata":[]}}',
    '{"type":"ADDED","object":{"metadata":{"name":"","resourceVersion":"7"}}}',
    '{"type":"ADDED","object":{"metadata":{"name":7,"resourceVersion":"7"}}}',
    '{"type":"ADDED","object":{"metadata":{"name":"a"}}}',
    '{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":7}}}',
    '{"type":"BOOKMARK","object":null}',
    '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":""}}}',
    '{"type":"ERROR","object":null}',
    '{"type":"ERROR","object":{"code":"410"}}',
  ])('%s', (line) => {
    expect(() => decodeWatchLine(line)).toThrow(UnreadableAnswer)
  })
})

test('whatever comes is an event, an ApiError or unreadable', () => {
  const object = fc.oneof(
    fc.jsonValue(),
    fc.record(
      { metadata: fc.jsonValue(), code: fc.jsonValue(), details: fc.jsonValue() },
      { requiredKeys: [] },
    ),
  )
  const type = fc.oneof(fc.constantFrom('ADDED', 'DELETED', 'BOOKMARK', 'ERROR', '__proto__'), fc.jsonValue())
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ type, object }).map((event) => JSON.stringify(event)),
  )
  fc.assert(
    fc.property(line, (text) => {
      try {
        decodeWatchLine(text)
      } catch (error) {
        expect(error instanceof ApiError || error instanceof UnreadableAnswer).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
})
