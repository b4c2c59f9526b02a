import type { PolicySet } from '../core/policy.ts'
import { withoutPolicies, withoutPolicy, type BenchedObject } from './benched-object.ts'
import type { BenchClass, BenchResult, Percentiles, PolicyCost } from './bench-result.ts'
import { measure, percentile, type MeasureOptions, type Timed } from './measure.ts'

/** Times decisions under all policies and under none, in the same run. */
export function bench(
  objects: readonly BenchedObject[],
  policies: PolicySet,
  options: MeasureOptions,
): BenchResult {
  const none = withoutPolicies(policies)
  const samples = measure(
    objects.flatMap((object): Timed[] => [
      { name: `with ${object.class}`, run: () => object.decide(policies) },
      { name: `without ${object.class}`, run: () => object.decide(none) },
    ]),
    options,
  )
  const classes = [...Map.groupBy(objects, (object) => object.class)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) =>
      summarize(name, own.length, samples.get(`with ${name}`) ?? [], samples.get(`without ${name}`) ?? []),
    )
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'BenchResult',
    policies: policies.policies.length,
    objects: objects.length,
    classes,
  }
}

function summarize(
  name: string,
  objects: number,
  under: readonly number[],
  without: readonly number[],
): BenchClass {
  const microseconds = percentilesOf(under)
  const base = percentilesOf(without)
  return {
    class: name,
    objects,
    samples: under.length,
    microseconds,
    withoutPolicies: base,
    ratio: { p50: ratioOf(microseconds.p50, base.p50), p99: ratioOf(microseconds.p99, base.p99) },
  }
}

function percentilesOf(samples: readonly number[]): Percentiles {
  return { p50: rounded(percentile(samples, 0.5)), p99: rounded(percentile(samples, 0.99)) }
}

/** What cannot be told apart from nothing costs as much as nothing. */
function ratioOf(now: number, base: number): number {
  return base === 0 ? 1 : rounded(now / base)
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

/**
 * What leaving each policy out saves, the dearest first: the median over all objects. One without which a decision would
 * ask for what nobody gathered is left out: it would come to no end, and seem cheap.
 */
export function costByPolicy(
  objects: readonly BenchedObject[],
  policies: PolicySet,
  options: MeasureOptions,
): PolicyCost[] {
  const sets = new Map(
    policies.policies
      .map(({ name }) => [name, withoutPolicy(policies, name)] as const)
      .filter(([, set]) => !objects.some((object) => object.asksMore(set))),
  )
  const names = [...sets.keys()]
  const samples = measure(
    objects.flatMap((object, index): Timed[] => [
      { name: `${index}`, run: () => object.decide(policies) },
      ...names.map((name): Timed => ({
        name: `${index} ${name}`,
        run: () => object.decide(sets.get(name) ?? policies),
      })),
    ]),
    options,
  )
  const median = (name: string): number => percentile(samples.get(name) ?? [], 0.5)
  const all = objects.map((_, index) => median(`${index}`))
  const whole = sum(all)
  return names
    .map((policy) => {
      const left = sum(objects.map((_, index) => median(`${index} ${policy}`)))
      return { policy, saves: whole === 0 ? 0 : rounded((whole - left) / whole) }
    })
    .toSorted((a, b) => b.saves - a.saves || (a.policy < b.policy ? -1 : 1))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
