import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ServiceFacts, WorkloadFacts } from '../../src/core/cluster-facts.ts'
import {
  buildNamespace,
  instancesOf,
  withNamespaces,
  type Entry,
  type NamespaceInventory,
} from '../../src/core/inventory.ts'
import { aDaprd, aService, aWorkload, CLUSTER_DOMAIN, inventoryOf } from './builders.ts'

const build = (
  workloads: readonly WorkloadFacts[],
  services: readonly ServiceFacts[] = [aService('orders')],
  clusterDomain = CLUSTER_DOMAIN,
): NamespaceInventory => buildNamespace({ workloads, unusable: [], services, externals: [] }, clusterDomain)

const entryOf = (...args: Parameters<typeof build>): Entry | undefined => build(...args).entries.get('orders')

describe('an instance', () => {
  test("has its Service's host in the cluster's domain, and daprd's own token reference", () => {
    expect(entryOf([aWorkload()], [aService('orders')], 'corp.example')).toMatchObject({
      kind: 'instance',
      instance: {
        namespace: 'shop',
        appId: 'orders',
        strategy: 'daemonset',
        workload: 'DaemonSet/orders',
        service: 'orders-dapr',
        httpEndpoint: 'http://orders-dapr.shop.svc.corp.example:3500',
        grpcEndpoint: 'http://orders-dapr.shop.svc.corp.example:50001',
        token: { name: 'tokens', key: 'dapr-api-token' },
      },
    })
  })

  test.each([
    ['DaemonSet', 'daemonset'],
    ['Deployment', 'deployment'],
  ] as const)('of a %s has the strategy %s', (kind, strategy) => {
    expect(entryOf([aWorkload({ kind })])).toMatchObject({ instance: { strategy } })
  })

  test.each([[{ kind: 'none' }], [{ kind: 'elsewhere' }]] as const)(
    'without a reference to its token gives none: %j',
    (token) => {
      expect(entryOf([aWorkload({ daprd: aDaprd({ token }) })])).toMatchObject({
        instance: { token: undefined },
      })
    },
  )

  test.each([
    ['orders', 'shop', 'orders'],
    ['orders.pay', 'pay', 'orders'],
    ['orders.pay.svc', 'pay', 'orders'],
    ['orders.pay.svc.cluster.local', 'pay', 'orders'],
  ])('that delivers to %s delivers to a Service', (address, namespace, service) => {
    const daprd = aDaprd({ appChannel: { address, port: 80 } })
    expect(entryOf([aWorkload({ daprd })])).toMatchObject({
      instance: { appChannel: { namespace, service, port: 80 } },
    })
  })

  test.each(['orders.pay.svc.other.domain', 'orders.example.org', '127.0.0.1', '.shop', 'orders..svc', ''])(
    'that delivers to %j delivers to no Service',
    (address) => {
      const daprd = aDaprd({ appChannel: { address, port: 80 } })
      expect(entryOf([aWorkload({ daprd })])).toMatchObject({ instance: { appChannel: undefined } })
    },
  )
})

describe('several workloads of one key', () => {
  const old = aWorkload({ name: 'old', createdAt: '2026-01-01T00:00:00Z' })
  const young = aWorkload({ kind: 'Deployment', name: 'young', createdAt: '2026-02-01T00:00:00Z' })
  const apart = aWorkload({ name: 'apart', podLabels: { app: 'apart' } })
  const services = [aService('orders'), aService('apart')]

  test.each<[string, WorkloadFacts[], string]>([
    ['the newest behind one Service counts', [old, young], 'Deployment/young'],
    ['in any order', [young, old], 'Deployment/young'],
    [
      'without dates the lowest name counts',
      [
        { ...young, createdAt: '' },
        { ...old, createdAt: '' },
      ],
      'DaemonSet/old',
    ],
    ['one that is deleted does not count', [old, { ...young, deleting: true }], 'DaemonSet/old'],
    ['nor where it stands behind another Service', [old, { ...apart, deleting: true }], 'DaemonSet/old'],
    [
      'nor where it has no Service',
      [old, aWorkload({ name: 'x', podLabels: {}, deleting: true })],
      'DaemonSet/old',
    ],
    ['one that is deleted counts while it is the only one', [{ ...old, deleting: true }], 'DaemonSet/old'],
  ])('%s', (_, workloads, workload) => {
    expect(entryOf(workloads, services)).toMatchObject({ kind: 'instance', instance: { workload } })
  })

  test.each<[string, WorkloadFacts[]]>([
    ['behind different Services', [old, apart]],
    ['of which one has no Service', [old, aWorkload({ name: 'x', podLabels: {} })]],
    [
      'of which none has a Service',
      [aWorkload({ name: 'x', podLabels: {} }), aWorkload({ name: 'y', podLabels: {} })],
    ],
    [
      'that are all being deleted',
      [
        { ...old, deleting: true },
        { ...apart, deleting: true },
      ],
    ],
  ])('%s are ambiguous, and all are named', (_, workloads) => {
    expect(entryOf(workloads, services)).toEqual({
      kind: 'ambiguous',
      workloads: workloads.map(({ kind, name }) => `${kind}/${name}`).toSorted(),
    })
  })
})

test('behind one Service that leads to neither, several workloads are misconfigured, as each alone would be', () => {
  const workloads = [
    aWorkload({ name: 'old' }),
    aWorkload({ kind: 'Deployment', name: 'young', createdAt: '2026' }),
  ]
  expect(entryOf(workloads, [aService('orders', { ports: [] })])).toMatchObject({
    kind: 'misconfigured',
    workload: 'Deployment/young',
  })
})

describe('a namespace', () => {
  test('knows the app-ids that run with sidecars there', () => {
    const { sidecarAppIds, entries } = build(
      [],
      [aService('cart', { sidecarAppId: 'cart' }), aService('orders')],
    )
    expect([...sidecarAppIds]).toEqual(['cart'])
    expect(entries.size).toBe(0)
  })

  test('that holds nothing any more is left out of the inventory', () => {
    const before = inventoryOf(aWorkload(), aWorkload({ namespace: 'pay' }))
    const after = withNamespaces(before, [['shop', build([], [])]])
    expect([...after.keys()]).toEqual(['pay'])
    expect([...before.keys()]).toEqual(['shop', 'pay'])
  })

  test('that holds Services only stays, for the applications that instances deliver to', () => {
    expect([...withNamespaces(new Map(), [['shop', build([])]]).keys()]).toEqual(['shop'])
  })
})

test('every instance is found once, and what is none is not', () => {
  const inventory = withNamespaces(inventoryOf(aWorkload(), aWorkload({ appId: 'stock' })), [
    ['pay', build([aWorkload(), aWorkload({ name: 'twin', podLabels: {} })])],
    ['broken', build([aWorkload()], [])],
  ])
  expect([...instancesOf(inventory)].map(({ appId }) => appId).toSorted()).toEqual(['orders', 'stock'])
})

test('the order in which objects are known makes no difference', () => {
  const workloads = [
    aWorkload({ name: 'b', createdAt: '2026-01-01T00:00:00Z' }),
    aWorkload({ name: 'a', createdAt: '2026-01-01T00:00:00Z' }),
    aWorkload({ appId: 'stock', name: 'stock-1' }),
    aWorkload({ appId: 'stock', name: 'stock-2', podLabels: {} }),
  ]
  const unusable = ['x', 'y', 'z'].map((name) => ({
    kind: 'Deployment' as const,
    namespace: 'shop',
    name,
    reason: 'r',
  }))
  const services = [
    aService('orders'),
    aService('orders', { name: 'zz' }),
    aService('orders', { name: 'aa' }),
    aService('stock'),
  ]
  const inOrder = buildNamespace({ workloads, unusable, services, externals: [] }, CLUSTER_DOMAIN)
  fc.assert(
    fc.property(shuffled(workloads), shuffled(unusable), shuffled(services), (some, others, more) => {
      const built = buildNamespace(
        { workloads: some, unusable: others, services: more, externals: [] },
        CLUSTER_DOMAIN,
      )
      expect(built).toEqual(inOrder)
      expect(built.unusable).toEqual(inOrder.unusable)
    }),
  )
})

function shuffled<T>(items: T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray(items, { minLength: items.length })
}
