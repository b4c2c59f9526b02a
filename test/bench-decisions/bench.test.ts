import { describe, expect, test } from 'vitest'
import { bench, costByPolicy } from '../../src/bench-decisions/bench.ts'
import type { BenchedObject } from '../../src/bench-decisions/benched-object.ts'
import type { BenchResult } from '../../src/bench-decisions/bench-result.ts'
import { compareResults, readBenchResult } from '../../src/bench-decisions/compare-results.ts'
import { measure, percentile } from '../../src/bench-decisions/measure.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { PolicySet } from '../../src/core/policy.ts'

/** A clock that only decisions move on, so that each costs exactly what it says. */
function workshop(): { readonly clock: () => number; readonly work: (microseconds: number) => void } {
  let now = 0
  return { clock: () => now, work: (microseconds) => void (now += microseconds / 1000) }
}

function policiesOf(...names: string[]): PolicySet {
  const policies = names.flatMap((name) => {
    const { value } = compilePolicy({
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'DaprSharedPolicy',
      metadata: { name },
      spec: { rules: { strategies: { allowed: ['DaemonSet'] } } },
    })
    return value ?? []
  })
  return { policies, grants: new Map(), exceptions: new Map() }
}

/** An object whose decision costs `base`, and what each policy costs besides. */
function costing(
  name: BenchedObject['class'],
  base: number,
  costs: Readonly<Record<string, number>>,
  work: (microseconds: number) => void,
): BenchedObject {
  return {
    class: name,
    asksMore: () => false,
    decide: ({ policies }) => work(policies.reduce((sum, policy) => sum + (costs[policy.name] ?? 0), base)),
  }
}

describe('bench', () => {
  test('tells the cost under the policies by that without any, for each answer', () => {
    const { clock, work } = workshop()
    const objects = [
      costing('injected', 10, { a: 5, b: 10 }, work),
      costing('injected', 10, { a: 5, b: 10 }, work),
      costing('does not ask', 1, {}, work),
    ]
    const result = bench(objects, policiesOf('a', 'b'), { clock, budgetMs: 200 })
    expect(result).toMatchObject({ kind: 'BenchResult', policies: 2, objects: 3 })
    expect(
      result.classes.map(({ class: name, objects: own, microseconds, ratio }) => [
        name,
        own,
        microseconds.p50,
        ratio.p50,
      ]),
    ).toEqual([
      ['does not ask', 1, 1, 1],
      ['injected', 2, 25, 2.5],
    ])
  })

  test('a policy saves what leaving it out saves, the dearest first', () => {
    const { clock, work } = workshop()
    const objects = [costing('injected', 10, { cheap: 2, dear: 8 }, work)]
    expect(costByPolicy(objects, policiesOf('cheap', 'dear'), { clock, budgetMs: 100 })).toEqual([
      { policy: 'dear', saves: 0.4 },
      { policy: 'cheap', saves: 0.1 },
    ])
  })
})

test('a policy without which other facts would be asked for is not told to save anything', () => {
  const { clock, work } = workshop()
  const object = {
    ...costing('injected', 10, { first: 2, second: 2 }, work),
    asksMore: ({ policies }: PolicySet) => policies.every(({ name }) => name !== 'first'),
  }
  const costs = costByPolicy([object], policiesOf('first', 'second'), { clock, budgetMs: 100 })
  expect(costs.map(({ policy }) => policy)).toEqual(['second'])
})

describe('measure', () => {
  test('ends when the time is up, and each is timed once at the least', () => {
    const { clock, work } = workshop()
    const samples = measure(
      [
        { name: 'slow', run: () => work(10_000) },
        { name: 'slower', run: () => work(20_000) },
      ],
      { clock, budgetMs: 1 },
    )
    expect(samples.get('slow')).toEqual([10_000])
    expect(samples.get('slower')).toEqual([20_000])
    expect(clock()).toBeLessThan(2_000)
  })

  test('what takes no time that a clock can tell does not go on for ever', () => {
    let now = 0
    const samples = measure([{ name: 'nothing', run: () => undefined }], {
      clock: () => (now += 0.001),
      budgetMs: 5,
    })
    expect(samples.get('nothing')?.length).toBeGreaterThan(0)
  })

  test.for([
    [0.5, 3],
    [0.99, 5],
    [0, 1],
  ] as const)('percentile %d', ([part, wanted]) => {
    expect(percentile([5, 3, 1, 4, 2], part)).toBe(wanted)
    expect(percentile([], part)).toBe(0)
  })
})

describe('a saved result', () => {
  const result = (classes: Readonly<Record<string, number>>, objects = 1): BenchResult => ({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'BenchResult',
    policies: 1,
    objects,
    classes: Object.entries(classes).map(([name, ratio]) => ({
      class: name,
      objects: 1,
      samples: 10,
      microseconds: { p50: ratio, p99: ratio },
      withoutPolicies: { p50: 1, p99: 1 },
      ratio: { p50: ratio, p99: ratio },
    })),
  })

  test('only what grew beyond the ratio counts, the worst first', () => {
    const { grown, notes } = compareResults(
      result({ injected: 3, refused: 8, 'does not ask': 1 }),
      result({ injected: 2, refused: 2, 'does not ask': 1 }),
      1.4,
    )
    expect(grown.map(({ class: name, factor }) => [name, factor])).toEqual([
      ['refused', 4],
      ['injected', 1.5],
    ])
    expect(notes).toEqual([])
    expect(compareResults(result({ injected: 3 }), result({ injected: 2 }), 1.5).grown).toEqual([])
  })

  test('what cannot be compared is told', () => {
    expect(compareResults(result({ injected: 1 }, 3), result({ refused: 1 }, 2), 1.5).notes).toEqual([
      'the saved result is of 2 objects, and this one of 3: their costs may differ.',
      'nothing to compare "injected" with: no object had that answer in the saved result.',
      'no object has the answer "refused" any more, as some had in the saved result.',
    ])
  })

  test.for([
    '',
    '[]',
    '{"kind":"BenchResult"}',
    '{"kind":"BenchResult","objects":1,"classes":[{"class":"x"}]}',
    'null',
  ])('is none: %s', (text) => {
    expect(readBenchResult(text)).toBeUndefined()
  })

  test('is read as it was written', () => {
    expect(readBenchResult(JSON.stringify(result({ injected: 2 })))).toEqual(result({ injected: 2 }))
  })
})
