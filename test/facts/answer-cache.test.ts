import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { makeAnswerCache } from '../../src/facts/answer-cache.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

test('as many answers are kept as were agreed on, and the oldest goes first', async () => {
  const { signal } = new AbortController()
  const cache = makeAnswerCache<string, string>({
    describe: (question) => question,
    keyOf: (question) => question,
    ask: async (question) => question.toUpperCase(),
    allowed: () => true,
    holdsMs: 1000,
    size: 2,
    askMs: 1000,
    clock: () => 0,
  })
  for (const question of ['a', 'b', 'c']) await cache.get(question, signal)
  expect(['a', 'b', 'c'].map((question) => cache.peek(question))).toEqual([undefined, 'B', 'C'])
})

test('what has expired goes with the next answer, though nobody asks for it again', async () => {
  const { signal } = new AbortController()
  const clock = { now: 0 }
  const kept: WeakRef<object>[] = []
  const cache = makeAnswerCache<string, object>({
    describe: (question) => question,
    keyOf: (question) => question,
    ask: async (question) => {
      const answer = { question }
      kept.push(new WeakRef(answer))
      return answer
    },
    allowed: () => true,
    holdsMs: 1000,
    size: 1000,
    askMs: 1000,
    clock: () => clock.now,
  })
  for (const question of ['a', 'b', 'c']) await cache.get(question, signal)
  clock.now = 1000
  await cache.get('d', signal)
  // a turn of the event loop ends, and with it what a WeakRef must keep alive
  await new Promise((resolve) => void setImmediate(resolve))
  collectGarbage()
  expect(kept.map((reference) => reference.deref() !== undefined)).toEqual([false, false, false, true])
})
