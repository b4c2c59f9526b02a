import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeConsumerIndex, type Use } from '../../src/facts/consumers.ts'

interface PodFacts {
  readonly name: string
  readonly appId: string
  readonly phase?: string
  readonly deletionTimestamp?: string
  readonly owner?: string
}

const pod = ({ name, appId, phase = 'Running', deletionTimestamp, owner }: PodFacts) => ({
  metadata: {
    name,
    namespace: 'shop',
    labels: { 'shared.dapr.io/app-id': appId, 'shared.dapr.io/app-namespace': 'shop' },
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(owner === undefined
      ? {}
      : {
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'StatefulSet', name: owner, uid: 'u', controller: true },
          ],
        }),
  },
  status: { phase },
})

describe('consumers of an instance', () => {
  test('are counted by pod and by workload', () => {
    const index = makeConsumerIndex()
    index.change(undefined, index.read(pod({ name: 'a-0', appId: 'order', owner: 'a' })))
    index.change(undefined, index.read(pod({ name: 'a-1', appId: 'order', owner: 'a' })))
    index.change(undefined, index.read(pod({ name: 'bare', appId: 'order' })))
    const { pods, workloads } = index.of('shop', 'order')
    expect(pods).toBe(3)
    expect(Object.fromEntries(workloads)).toEqual({ 'shop/StatefulSet/a': 2, 'shop/Pod/bare': 1 })
    expect(index.of('shop', 'cart').pods).toBe(0)
    expect(index.of('pay', 'order').pods).toBe(0)
  })

  test.each([
    ['succeeded', { phase: 'Succeeded' }],
    ['failed', { phase: 'Failed' }],
    ['is being deleted', { deletionTimestamp: '2026-11-21T00:00:00Z' }],
  ])('a pod that %s is none', (_, facts) => {
    const index = makeConsumerIndex()
    expect(index.read(pod({ name: 'a', appId: 'order', ...facts }))).toBeUndefined()
  })

  test('a pod without both labels is none', () => {
    const index = makeConsumerIndex()
    expect(index.read({ metadata: { labels: { 'shared.dapr.io/app-id': 'order' } } })).toBeUndefined()
    expect(index.read({ metadata: { labels: 'odd' } })).toBeUndefined()
    expect(index.read(null)).toBeUndefined()
  })

  test('pods of one workload share what is kept of them', () => {
    const index = makeConsumerIndex()
    const one = index.read(pod({ name: 'a-0', appId: 'order', owner: 'a' }))
    index.change(undefined, one)
    expect(index.read(pod({ name: 'a-1', appId: 'order', owner: 'a' }))).toBe(one)
  })

  test('after any history the counts are those of a recount', () => {
    const event = fc.record({
      name: fc.integer({ min: 0, max: 12 }).map((number) => `pod-${number}`),
      gone: fc.boolean(),
      appId: fc.constantFrom('order', 'cart'),
      phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed'),
      owner: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
      ending: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (history) => {
        const index = makeConsumerIndex()
        const uses = new Map<string, Use>()
        for (const { name, gone, appId, phase, owner, ending } of history) {
          const facts = {
            name,
            appId,
            phase,
            ...(owner ? { owner } : {}),
            ...(ending ? { deletionTimestamp: 'x' } : {}),
          }
          const after = gone ? undefined : index.read(pod(facts))
          index.change(uses.get(name), after)
          if (after === undefined) uses.delete(name)
          else uses.set(name, after)
        }
        for (const appId of ['order', 'cart']) {
          const own = [...uses.values()].filter(({ instance }) => instance === `shop/${appId}`)
          const { pods, workloads } = index.of('shop', appId)
          expect(pods).toBe(own.length)
          const recount = [...Map.groupBy(own, ({ workload }) => workload)]
          expect(Object.fromEntries(workloads)).toEqual(
            Object.fromEntries(recount.map(([workload, same]) => [workload, same.length])),
          )
        }
      }),
    )
  })
})
