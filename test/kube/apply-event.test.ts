import { beforeEach, expect, test } from 'vitest'
import { applyEvent } from '../../src/kube/apply-event.ts'
import { UnreadableAnswer } from '../../src/kube/call-errors.ts'
import { ObjectStore } from '../../src/kube/object-store.ts'
import { decodeWatchLine, type WatchEvent } from '../../src/kube/watch-event.ts'

let store: ObjectStore<string>

function event(type: string, name: string, resourceVersion: string): WatchEvent {
  return decodeWatchLine(
    JSON.stringify({ type, object: { metadata: { name, uid: `uid-${name}`, resourceVersion } } }),
  )
}

beforeEach(() => {
  store = new ObjectStore(
    () => 'here',
    () => undefined,
  )
})

test('goes forward with each event', () => {
  expect(applyEvent(store, event('ADDED', 'a', '5'), '4')).toMatchObject({
    at: '5',
    changes: [{ type: 'added' }],
  })
  expect(applyEvent(store, event('DELETED', 'a', '6'), '5')).toMatchObject({
    at: '6',
    changes: [{ type: 'deleted' }],
  })
  expect(applyEvent(store, event('BOOKMARK', '', '9'), '6')).toEqual({ at: '9', changes: [] })
})

test('the same event again does nothing', () => {
  applyEvent(store, event('ADDED', 'a', '5'), '4')
  expect(applyEvent(store, event('ADDED', 'a', '5'), '5')).toEqual({ at: '5', changes: [] })
})

test('an event from the past is not believed, nor the picture any longer', () => {
  applyEvent(store, event('ADDED', 'a', '5'), '4')
  const late = (): unknown => applyEvent(store, event('DELETED', 'a', '4'), '5')
  expect(late).toThrow(UnreadableAnswer)
  expect(late).toThrow(expect.objectContaining({ mistrust: true }))
  expect(store.values.size).toBe(1)
})

test('a bookmark from the past is overlooked', () => {
  expect(applyEvent(store, event('BOOKMARK', '', '3'), '5')).toEqual({ at: '5', changes: [] })
})

test('versions that are no numbers are taken as they come', () => {
  expect(applyEvent(store, event('ADDED', 'a', 'x'), 'y')).toMatchObject({
    at: 'x',
    changes: [{ type: 'added' }],
  })
})
