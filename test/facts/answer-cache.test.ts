import { expect, test } from 'vitest'
import { makeAnswerCache } from '../../src/facts/answer-cache.ts'

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
