import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeInventoryStore, type InventoryStore } from '../../src/discovery/inventory-store.ts'
import { recognizeService } from '../../src/discovery/recognize-service.ts'
import { recognizeWorkload } from '../../src/discovery/recognize.ts'

/** A change as a watch tells it: an object that is there now, or is gone. */
type Change =
  | {
      readonly kind: 'DaemonSet' | 'Deployment'
      readonly namespace: string
      readonly name: string
      readonly args: readonly string[] | undefined
    }
  | {
      readonly kind: 'Service'
      readonly namespace: string
      readonly name: string
      readonly selector: object | undefined
    }

const APP = { app: 'orders' }

function apply(store: InventoryStore, change: Change): void {
  const { kind, namespace, name } = change
  const metadata = { name, namespace, labels: { 'shared.dapr.io/instance': 'true' } }
  if (kind === 'Service') {
    const { selector } = change
    const spec = { selector, ports: [{ port: 3500 }, { port: 50_001 }] }
    store.setService(namespace, name, selector && recognizeService({ metadata, spec }))
    return
  }
  const template = { metadata: { labels: APP }, spec: { containers: [{ name: 'daprd', args: change.args }] } }
  const object = change.args && { metadata, spec: { template } }
  store.setWorkload(namespace, `${kind}/${name}`, object && recognizeWorkload(kind, object))
}

const namespace = fc.constantFrom('shop', 'pay')
const name = fc.constantFrom('a', 'b', 'c')
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('DaemonSet' as const, 'Deployment' as const),
    namespace,
    name,
    args: fc.constantFrom(undefined, ['--app-id=orders'], ['--app-id=stock'], ['--app-id=NONE'], []),
  }),
  fc.record({
    kind: fc.constant('Service' as const),
    namespace,
    name,
    selector: fc.constantFrom(undefined, {}, APP, { app: 'other' }),
  }),
)

const keyOf = (one: Change): string => `${one.kind}/${one.namespace}/${one.name}`

test('any sequence of changes gives the inventory of what is there in the end', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.boolean()), { maxLength: 40 }), (changes) => {
      const store = makeInventoryStore('cluster.local')
      for (const [one, look] of changes) {
        apply(store, one)
        if (look) store.current()
      }
      const inTheEnd = new Map(changes.map(([one]) => [keyOf(one), one]))
      const anew = makeInventoryStore('cluster.local')
      for (const key of [...inTheEnd.keys()].toSorted()) {
        const one = inTheEnd.get(key)
        if (one !== undefined) apply(anew, one)
      }
      expect(store.current()).toEqual(anew.current())
    }),
    { numRuns: 500 },
  )
})

describe('a store', () => {
  const orders: Change = { kind: 'DaemonSet', namespace: 'shop', name: 'orders', args: ['--app-id=orders'] }
  const service: Change = { kind: 'Service', namespace: 'shop', name: 'orders-dapr', selector: APP }

  test('is empty at first', () => {
    expect(makeInventoryStore('cluster.local').current().size).toBe(0)
  })

  test('shows every change at once', () => {
    const store = makeInventoryStore('cluster.local')
    apply(store, orders)
    expect(store.current().get('shop')?.entries.get('orders')).toMatchObject({ kind: 'misconfigured' })
    apply(store, service)
    expect(store.current().get('shop')?.entries.get('orders')).toMatchObject({ kind: 'instance' })
    apply(store, { ...orders, args: undefined })
    expect(store.current().get('shop')?.entries.size).toBe(0)
    apply(store, { ...service, selector: undefined })
    expect(store.current().has('shop')).toBe(false)
  })

  test('does not change an inventory that somebody holds', () => {
    const store = makeInventoryStore('cluster.local')
    apply(store, orders)
    apply(store, service)
    const held = store.current()
    apply(store, { ...service, selector: undefined })
    expect(store.current().get('shop')?.entries.get('orders')).toMatchObject({ kind: 'misconfigured' })
    expect(held.get('shop')?.entries.get('orders')).toMatchObject({ kind: 'instance' })
  })

  test('keeps the namespaces that did not change as they are', () => {
    const store = makeInventoryStore('cluster.local')
    apply(store, { ...orders, namespace: 'pay' })
    const held = store.current().get('pay')
    apply(store, orders)
    expect(store.current().get('pay')).toBe(held)
  })

  test('gives the same inventory while nothing changes', () => {
    const store = makeInventoryStore('cluster.local')
    apply(store, orders)
    const held = store.current()
    apply(store, { kind: 'Deployment', namespace: 'shop', name: 'never-there', args: undefined })
    expect(store.current()).toBe(held)
  })

  test('knows a DaemonSet and a Deployment of one name as two', () => {
    const store = makeInventoryStore('cluster.local')
    apply(store, orders)
    apply(store, { ...orders, kind: 'Deployment' })
    expect(store.current().get('shop')?.entries.get('orders')).toEqual({
      kind: 'ambiguous',
      workloads: ['DaemonSet/orders', 'Deployment/orders'],
    })
  })
})
