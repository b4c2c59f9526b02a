import { expect, test } from 'vitest'
import { makePool } from '../../src/admission/shares.ts'
import { makeTurns } from '../../src/admission/turns.ts'

/** Asks for places, and notes who got one. */
function asking(most: number) {
  const pool = makePool(most)
  const turnOf = makeTurns(pool)
  const begun: string[] = []
  return { pool, begun, ask: (caller: string, name: string) => turnOf(caller, () => begun.push(name)) }
}

test('a place is given at once while there is one, and then in the order of asking', () => {
  const { ask, begun } = asking(5)
  const held = ['a', 'b', 'c', 'd'].map((name) => ask('api', name))
  const waiting = ['e', 'f'].map((name) => ask('api', name))
  expect([begun.join(''), waiting.map((turn) => turn.isWaiting())]).toEqual(['abcd', [true, true]])
  held[2]?.end()
  held[0]?.end()
  expect([begun.join(''), waiting.map((turn) => turn.isWaiting())]).toEqual(['abcdef', [false, false]])
})

test('who may have no more does not keep others waiting', () => {
  const { ask, begun } = asking(5)
  for (const name of 'abcdefg') ask('greedy', name)
  ask('api', 'x')
  expect(begun.join('')).toBe('abcdx')
  const second = ask('api', 'y')
  expect(second.isWaiting()).toBe(true)
})

test('a wait that is given up takes no place, and ending twice gives one place back', () => {
  const { ask, begun, pool } = asking(1)
  const held = ask('api', 'a')
  const gone = ask('api', 'b')
  const last = ask('api', 'c')
  gone.end()
  held.end()
  held.end()
  expect([begun.join(''), pool.used()]).toEqual(['ac', 1])
  last.end()
  expect(pool.used()).toBe(0)
})
