import { describe, expect, test } from 'vitest'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import type { Facts } from '../../../src/core/facts.ts'
import { aPolicy, someFacts } from '../a-question.ts'
import { decideUnder, instances, told } from './a-case.ts'

type Capacity = NonNullable<NonNullable<PolicySpec['rules']>['capacity']>

const OWN = 'shop/Deployment/web'
const used = (pods: number, ...workloads: string[]): Facts =>
  someFacts({
    workload: () => OWN,
    consumers: () => ({
      known: true,
      value: { pods, workloads: new Map(workloads.map((name) => [name, 1])) },
    }),
  })
const judged = (
  capacity: Capacity,
  facts: Facts,
  inventory = instances({ readiness: { known: true, ready: 1, wanted: 2 } }),
): string[] => told(decideUnder([aPolicy({ rules: { capacity } })], { facts, inventory }))

const WORKLOADS = ['capacity.workloads Deny strict']
const PODS = ['capacity.pods Deny strict']

describe('capacity', () => {
  test.each<[string, Capacity, Facts, string[]]>([
    ['nobody yet', { maxWorkloads: 1, maxPods: 1, maxPodsPerReplica: 1 }, used(0), []],
    ['its own workload alone: a rolling update', { maxWorkloads: 1 }, used(3, OWN), []],
    ['another workload already', { maxWorkloads: 1 }, used(1, 'shop/Deployment/other'), WORKLOADS],
    ['room for one more', { maxWorkloads: 2 }, used(1, 'shop/Deployment/other'), []],
    ['its own and another, of two', { maxWorkloads: 2 }, used(2, OWN, 'a/Deployment/b'), []],
    [
      'its own and two others, of two',
      { maxWorkloads: 2 },
      used(3, OWN, 'a/Deployment/b', 'a/Deployment/c'),
      WORKLOADS,
    ],
    ['none allowed', { maxWorkloads: 0 }, used(0), WORKLOADS],
    ['one pod less than the most', { maxPods: 5 }, used(4), []],
    ['the most pods', { maxPods: 5 }, used(5), PODS],
    ['the most pods for each replica', { maxPodsPerReplica: 5 }, used(10), PODS],
    ['one less', { maxPodsPerReplica: 5 }, used(9), []],
    ['both', { maxWorkloads: 1, maxPods: 1 }, used(2, 'a/Deployment/b'), [...WORKLOADS, ...PODS]],
  ])('%s', (_, capacity, facts, findings) => {
    expect(judged(capacity, facts)).toEqual(findings)
  })

  test.each(['Deny', 'Warn', 'Audit'] as const)('does what its policy says: %s', (action) => {
    const policy = aPolicy({ rules: { capacity: { maxPods: 0 } }, validationActions: [action] })
    expect(told(decideUnder([policy], { facts: used(0) }))).toEqual([`capacity.pods ${action} strict`])
  })

  test('has no rule without a policy', () => {
    expect(told(decideUnder([], { facts: used(1_000_000) }))).toEqual([])
  })

  test('of each instance is counted for itself', () => {
    const asked: string[] = []
    const facts = someFacts({
      consumers: (namespace, appId) => {
        asked.push(`${namespace}/${appId}`)
        return { known: true, value: { pods: 0, workloads: new Map() } }
      },
    })
    judged({ maxPods: 1 }, facts)
    expect(new Set(asked)).toEqual(new Set(['shop/orders']))
  })
})
