import { describe, expect, test } from 'vitest'
import type { Fact, Owner } from '../../../src/core/facts.ts'
import { readPlacement, uncovered } from '../../../src/core/placement.ts'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import { aPolicy, someFacts } from '../a-question.ts'
import { aService } from '../builders.ts'
import { asking, askingWith, decideUnder, externals, instances, told } from './a-case.ts'

/** Ways around a policy, each of which was open once. */

describe('a pod whose owner nobody can read', () => {
  const unreadable: Fact<readonly Owner[]> = { known: false, why: 'the service may not read it' }
  const facts = someFacts({ owners: () => unreadable })
  const forJobs = (spec: PolicySpec) => aPolicy({ match: { workloadKinds: ['CronJob'] }, ...spec })

  test.each<[string, PolicySpec, Record<string, string>]>([
    [
      'crossNamespace Allow',
      { rules: { crossNamespace: { mode: 'Allow' } } },
      { 'dapr.io/shared-namespace': 'pay' },
    ],
    [
      'sidecar PreferShared',
      { rules: { sidecar: { conflict: 'PreferShared' } } },
      { 'dapr.io/enabled': 'true' },
    ],
    [
      'a sidecar part that only records',
      { validationActions: ['Audit'], rules: { sidecar: { conflict: 'Deny' } } },
      { 'dapr.io/enabled': 'true' },
    ],
    [
      'an override that lowers',
      { overrides: [{ rule: 'annotation.invalid', action: 'Audit' }] },
      { 'dapr.io/shared-strategy': 'odd' },
    ],
  ])('does not get what a policy for others loosens: %s', (_, spec, annotations) => {
    const pod = asking(annotations)
    expect(decideUnder([forJobs(spec)], { pod, facts }).outcome).toBe('denied')
    const known = someFacts({ owners: () => ({ known: true, value: [{ kind: 'CronJob', name: 'n' }] }) })
    expect(decideUnder([forJobs(spec)], { pod, facts: known }).findings).not.toEqual(
      decideUnder([forJobs(spec)], { pod, facts }).findings,
    )
  })

  test('is held to what the policy demands', () => {
    const policy = forJobs({ rules: { strategies: { allowed: ['External'] } } })
    expect(told(decideUnder([policy], { facts }))).toEqual(['strategy.not-allowed Deny strict'])
  })
})

describe('an external instance at a Service of another namespace', () => {
  test.each([
    'http://orders-dapr.pay.svc:3500',
    'http://orders-dapr.pay.svc.cluster.local:3500',
    'http://x.orders-dapr.pay.svc.cluster.local:3500',
    'http://10-0-0-5.pay.pod.cluster.local:3500',
  ])('is no way around a grant: %s', (httpEndpoint) => {
    const decision = decideUnder([], { inventory: externals({ httpEndpoint }) })
    expect(told(decision)).toEqual(['instance.misconfigured Deny built-in'])
  })

  test('also by the short name of a Service that is there, which the domain of a host in the world is not', () => {
    const inventory = new Map([
      ...externals({ grpcEndpoint: 'http://orders-dapr.pay:50001' }),
      ...instances({ namespace: 'pay' }),
    ])
    expect(decideUnder([], { inventory }).outcome).toBe('denied')
    const world = externals({ grpcEndpoint: 'http://dapr.example:50001' })
    expect(decideUnder([], { inventory: world }).outcome).toBe('injected')
  })

  test('of its own namespace is its own business', () => {
    const inventory = externals({ httpEndpoint: 'http://mine.shop.svc.cluster.local:3500' })
    expect(decideUnder([], { inventory }).outcome).toBe('injected')
  })
})

describe('capacity', () => {
  const full = someFacts({
    consumers: () => ({ known: true, value: { pods: 3, workloads: new Map([['shop/Deployment/web', 3]]) } }),
    workload: () => 'shop/Deployment/web',
  })
  const policy = aPolicy({ rules: { capacity: { maxPods: 3 } } })

  test('counts one more pod of a workload at its admission', () => {
    expect(decideUnder([policy], { facts: full }).outcome).toBe('denied')
  })

  test.each(['Workload', 'CLI', 'Audit'] as const)(
    'does not count a template against its own pods at %s',
    (point) => {
      expect(told(decideUnder([policy], { facts: full, point }))).toEqual([])
    },
  )
})

test('a minimum of ready replicas that nobody could check is told', () => {
  const policy = aPolicy({ rules: { instance: { minReadyReplicas: 2 } } })
  const { unknown } = decideUnder([policy], { inventory: instances({ readiness: { known: false } }) })
  expect(unknown).toEqual([
    { policy: 'strict', rule: 'instance.not-ready', action: 'Deny', why: 'DaemonSet/orders has no status' },
  ])
})

test('a sidecar that comes after the injection is refused for what it is, not as a forged label', () => {
  const policy = aPolicy({ rules: { sidecar: { conflict: 'PreferSidecar' } } })
  const pod = askingWith(
    { containers: [{ name: 'app' }, { name: 'daprd' }] },
    { labels: { 'shared.dapr.io/app-id': 'orders', 'shared.dapr.io/app-namespace': 'shop' } },
  )
  const metadata = {
    ...pod.metadata,
    annotations: { ...pod.metadata.annotations, 'dapr.io/shared-status': '{"instance":"shop/orders"}' },
  }
  const decision = decideUnder([policy], { pod: { ...pod, metadata }, stage: 'validate' })
  expect(told(decision)).toEqual(['sidecar.conflict Warn strict', 'injection.incomplete Deny built-in'])
})

describe('nodes that a required affinity selects', () => {
  const affinity = (operator: string, values: readonly string[]): object => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator, values }] }],
      },
    },
  })
  const ssd = readPlacement({ nodeSelector: { disk: 'ssd' } })

  test('are selected as by a node selector where one value is asked for', () => {
    expect(uncovered(readPlacement({ affinity: affinity('In', ['ssd']) }), ssd)).toBeUndefined()
    expect(uncovered(ssd, readPlacement({ affinity: affinity('In', ['ssd']) }))).toBeUndefined()
  })

  test.each([
    ['In', ['ssd', 'nvme']],
    ['NotIn', ['hdd']],
    ['In', ['hdd']],
  ])('are others with %s %j', (operator, values) => {
    expect(uncovered(readPlacement({ affinity: affinity(operator, values) }), ssd)).toContain('disk=ssd')
  })
})

test('a Service named like the instance in another namespace is nobody else’s instance', () => {
  const inventory = new Map([
    ...instances(),
    ...instances({ namespace: 'pay' }, { name: aService('orders').name }),
  ])
  expect(decideUnder([], { inventory }).instance).toBe('shop/orders')
})
