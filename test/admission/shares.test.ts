import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makePool, type Pool } from '../../src/admission/shares.ts'

/** Takes one by one as much as there is for a caller. */
function takeAll(pool: Pool, caller: string): number {
  const share = pool.of(caller)
  let taken = 0
  while (share.take(1) === undefined) taken += 1
  return taken
}

describe('a pool that callers share', () => {
  test('one caller alone has four fifths of it', () => {
    const pool = makePool(500)
    expect(takeAll(pool, 'the API server')).toBe(400)
    expect(pool.of('the API server').take(1)).toBe('share')
  })

  test('the next caller finds room while the first holds all that he gets', () => {
    const pool = makePool(500)
    takeAll(pool, 'greedy')
    expect(takeAll(pool, 'the API server')).toBe(80)
    expect(takeAll(pool, 'a third')).toBe(16)
  })

  test('a greedy caller has less, the more others want', () => {
    const pool = makePool(500)
    const others = ['b', 'c', 'd'].map((name) => takeAll(pool, name))
    expect(others.map((count) => count > 0)).toEqual([true, true, true])
    expect(takeAll(pool, 'greedy')).toBeLessThan(20)
  })

  test('what is given back is free for everybody', () => {
    const pool = makePool(500)
    const taken = takeAll(pool, 'greedy')
    pool.of('greedy').giveBack(taken)
    expect(pool.used()).toBe(0)
    expect(takeAll(pool, 'another')).toBe(400)
  })

  test('who holds nothing gets one, down to the last', () => {
    const pool = makePool(3)
    expect(['a', 'b', 'c', 'd'].map((caller) => pool.of(caller).take(1))).toEqual([
      undefined,
      undefined,
      undefined,
      'full',
    ])
  })

  test('a pool of one serves one, and one of none nobody', () => {
    expect(takeAll(makePool(1), 'a')).toBe(1)
    expect(makePool(0).of('a').take(1)).toBe('full')
  })

  test('never more is held than there is, and what is held is what was taken and not given back', () => {
    const step = fc.record({ caller: fc.constantFrom('a', 'b', 'c'), amount: fc.nat(40), give: fc.boolean() })
    fc.assert(
      fc.property(fc.nat(200), fc.array(step, { maxLength: 60 }), (most, steps) => {
        const pool = makePool(most)
        const held = new Map<string, number>()
        for (const { caller, amount, give } of steps) {
          const own = held.get(caller) ?? 0
          if (give) {
            const back = Math.min(own, amount)
            pool.of(caller).giveBack(back)
            held.set(caller, own - back)
          } else if (pool.of(caller).take(amount) === undefined) held.set(caller, own + amount)
          const all = [...held.values()].reduce((sum, one) => sum + one, 0)
          expect(pool.used()).toBe(all)
          expect(all).toBeLessThanOrEqual(most)
        }
      }),
    )
  })
})
