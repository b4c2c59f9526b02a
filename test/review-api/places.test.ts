import { expect, test } from 'vitest'
import { makePlaces } from '../../src/review-api/places.ts'

const signal = new AbortController().signal

test('work waits for a place in the order in which it came', async () => {
  const places = makePlaces(1, 2)
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  const works = [
    places(() => first.promise, signal),
    places(async () => void done.push('b'), signal),
    places(async () => void done.push('c'), signal),
  ]
  await expect(places(async () => void done.push('d'), signal)).rejects.toThrow('too many reviews')
  expect(done).toEqual([])
  first.resolve()
  await Promise.all(works)
  expect(done).toEqual(['b', 'c'])
})

test('whoever waits too long leaves the line, and takes no place', async () => {
  const places = makePlaces(1, 1)
  const first = Promise.withResolvers<void>()
  const under = places(() => first.promise, signal)
  const stop = new AbortController()
  const late = places(async () => 'late', stop.signal)
  stop.abort(new Error('time is up'))
  await expect(late).rejects.toThrow('time is up')
  const next = places(async () => 'next', signal)
  first.resolve()
  await under
  expect(await next).toBe('next')
  expect(await places(async () => 'again')).toBe('again')
})
