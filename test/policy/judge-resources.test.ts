import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/pod.ts'
import { makeJudge } from '../../src/policy/judge-resources.ts'

const policy = (name: string, spec: object = {}): { written: JsonObject } => ({
  written: {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedPolicy',
    metadata: { name },
    spec: { defaults: { legacyEnv: 'Enabled' }, ...spec },
  },
})

describe('policies are judged', () => {
  test('with a turn for others between any two, however many there are', async () => {
    const all = Array.from({ length: 200 }, (_, number) => policy(`p${number}`))
    let turns = 0
    const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
    const others = new AbortController()
    const takeTurns = (): void => {
      turns += 1
      if (!others.signal.aborted) setImmediate(takeTurns)
    }
    takeTurns()
    await makeJudge(breathe)(all, 0)
    others.abort()
    expect(turns).toBeGreaterThanOrEqual(all.length)
  })

  test('anew only when one of them has changed', async () => {
    let steps = 0
    const judge = makeJudge(() => void (steps += 1))
    const [one, other] = [policy('one'), policy('other')]
    const reasons = async (...all: { written: JsonObject }[]) => {
      const judgeNow = await judge(all, 0)
      return all.map(({ written }) => judgeNow('DaprSharedPolicy', written).at(-1)?.reason)
    }
    expect(await reasons(one, other)).toEqual(['Effective', 'Overridden'])
    const before = steps
    expect(await reasons(one, other)).toEqual(['Effective', 'Overridden'])
    expect(steps).toBe(before)
    expect(await reasons(policy('one', { priority: -1 }), other)).toEqual(['Overridden', 'Effective'])
  })
})
