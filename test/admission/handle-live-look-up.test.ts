import { describe, expect, test, vi } from 'vitest'
import type { HandlerParts } from '../../src/admission/handle.ts'
import type { NamespaceInventory } from '../../src/core/inventory.ts'
import { readCluster } from '../corpus/read-cluster.ts'
import { aHandler, asking, SHOP, verdictOf } from './a-handler.ts'
import { aPod, type PodParts } from './a-review.ts'
import { PATIENT } from './patience.ts'
import { ungoverned } from './known-facts.ts'
import { aPolicy, policySet } from '../core/a-question.ts'

const ALLOWING = policySet(aPolicy({ rules: { crossNamespace: { mode: 'Allow' } } }))

vi.setConfig(PATIENT)

const LIMIT = 1000
const EMPTY: NamespaceInventory = {
  entries: new Map(),
  services: new Map(),
  sidecarAppIds: new Set(),
  unusable: [],
}
const shopNow = readCluster('shop').get('shop') ?? EMPTY

type LookUp = NonNullable<HandlerParts['lookUp']>
const finding = (there: NamespaceInventory) => vi.fn<LookUp>(async () => there)
const review = (annotations: Record<string, string>, parts: PodParts = {}) =>
  asking('', { object: aPod({ annotations, ...parts }) })

describe('before a refusal that rests on what we know of the cluster, its namespace is looked up', () => {
  const refused: readonly [string, string, Record<string, string>][] = [
    ['mutate', 'instance.missing', { 'dapr.io/shared': 'nobody' }],
    ['mutate', 'instance.ambiguous', { 'dapr.io/shared': 'twin' }],
    ['mutate', 'instance.misconfigured', { 'dapr.io/shared': 'lost' }],
    ['mutate', 'strategy.not-allowed', { 'dapr.io/shared': 'cart', 'dapr.io/shared-strategy': 'deployment' }],
    ['validate', 'injection.incomplete', { 'dapr.io/shared': 'cart' }],
  ]
  test.each(refused)('%s: %s stays where the cluster confirms it', async (stage, rule, annotations) => {
    const lookUp = finding(shopNow)
    const { handle, events } = aHandler({ lookUp })
    const verdict = verdictOf(await handle(stage as 'mutate', review(annotations), LIMIT))
    expect(verdict.status?.message).toContain(`[${rule}]`)
    expect(lookUp.mock.calls.map(([namespace]) => namespace)).toEqual(['shop'])
    expect(events.lookUps).toEqual(['confirmed'])
    expect(events.told).toEqual([{ event: 'decided', outcome: 'denied' }])
  })

  const others: readonly [string, PodParts][] = [
    ['a pod that is admitted', {}],
    ['a pod that did not ask', { annotations: {} }],
    ['an invalid annotation', { annotations: { 'dapr.io/shared': 'Cart' } }],
    ['a sidecar beside it', { annotations: { 'dapr.io/shared': 'cart', 'dapr.io/enabled': 'true' } }],
    ['a forged label', { annotations: {}, labels: { 'shared.dapr.io/app-id': 'cart' } }],
    [
      'a namespace without a grant',
      { annotations: { 'dapr.io/shared': 'cart', 'dapr.io/shared-namespace': 'vault' } },
    ],
    [
      'one that does not exist',
      { annotations: { 'dapr.io/shared': 'cart', 'dapr.io/shared-namespace': 'nowhere' } },
    ],
  ]
  test.each(others)('no look-up is made for %s', async (_name, parts) => {
    const lookUp = finding(shopNow)
    const { handle, events } = aHandler({ lookUp })
    expect(handle('mutate', asking('', { object: aPod(parts) }), LIMIT)).not.toBeInstanceOf(Promise)
    expect(lookUp).not.toHaveBeenCalled()
    expect(events.lookUps).toEqual([])
  })

  test('an instance that was made a moment ago is found, and the pod injected', async () => {
    const { handle, events } = aHandler({ known: () => ungoverned(new Map()), lookUp: finding(shopNow) })
    const verdict = verdictOf(await handle('mutate', asking('cart'), LIMIT))
    expect(verdict.allowed).toBe(true)
    expect(verdict.patch).toBeDefined()
    expect(events.lookUps).toEqual(['changed'])
    expect(events.told).toEqual([{ event: 'decided', outcome: 'injected' }])
  })

  test('one that went a moment ago is not brought back by an old state', async () => {
    const { handle } = aHandler({ lookUp: finding(EMPTY) })
    const verdict = verdictOf(await handle('mutate', asking('twin'), LIMIT))
    expect(verdict.status?.message).toContain('[instance.missing]')
  })

  test('it is the namespace of the instance, not that of the pod', async () => {
    const lookUp = finding(EMPTY)
    const { handle } = aHandler({ lookUp, known: () => ({ inventory: SHOP, policies: ALLOWING }) })
    const annotations = { 'dapr.io/shared': 'nobody', 'dapr.io/shared-namespace': 'vault' }
    await handle('mutate', review(annotations), LIMIT)
    expect(lookUp.mock.calls.map(([namespace]) => namespace)).toEqual(['vault'])
  })
})

describe('a refusal that cannot be looked up is no refusal', () => {
  class Refused extends Error {}
  const failing = (error: Error) => vi.fn<LookUp>().mockRejectedValue(error)
  const handedOver = (reason: string) => ({
    status: 503,
    body: JSON.stringify({ error: reason }),
    retryAfter: 1,
  })

  test('the limits allow no more look-ups', async () => {
    const { handle, events } = aHandler({
      lookUp: failing(new Refused()),
      isRefusal: (error) => error instanceof Refused,
    })
    expect(await handle('mutate', asking('nobody'), LIMIT)).toEqual(handedOver('LookUpRefused'))
    expect(events.lookUps).toEqual(['refused'])
    expect(events.told).toEqual([{ event: 'handedOver', reason: 'LookUpRefused' }])
  })

  test('the API server does not answer', async () => {
    const { handle, events } = aHandler({ lookUp: failing(new Error('ECONNREFUSED')) })
    expect(await handle('mutate', asking('nobody'), LIMIT)).toEqual(handedOver('LookUpFailed'))
    expect(events.lookUps).toEqual(['failed'])
    expect(events.told).toEqual([{ event: 'handedOver', reason: 'LookUpFailed' }])
  })

  test('a look-up that throws instead of rejecting', async () => {
    const { handle, events } = aHandler({
      lookUp: () => {
        throw new TypeError('a bug')
      },
    })
    expect(await handle('mutate', asking('nobody'), LIMIT)).toEqual(handedOver('LookUpFailed'))
    expect(events.told).toHaveLength(1)
  })

  test('the request’s own time is over before the answer comes', async () => {
    const { handle, events } = aHandler({
      lookUp: (_namespace, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        }),
    })
    expect(await handle('mutate', asking('nobody'), 20)).toEqual(handedOver('DeadlineExceeded'))
    expect(events.lookUps).toEqual(['failed'])
    expect(events.told).toEqual([{ event: 'handedOver', reason: 'DeadlineExceeded' }])
  })

  test('our own error in the second decision: 500', async () => {
    const broken = { entries: null } as unknown as NamespaceInventory
    const { handle, events } = aHandler({ lookUp: finding(broken) })
    expect(await handle('mutate', asking('nobody'), LIMIT)).toEqual({
      status: 500,
      body: '{"error":"InternalError"}',
    })
    expect(events.told).toEqual([{ event: 'failed', reason: 'InternalError' }])
  })

  test('reviews do not wait for each other’s look-ups', async () => {
    const answers = new Map<string, () => void>()
    const { handle } = aHandler({
      lookUp: (namespace) => new Promise((resolve) => answers.set(namespace, () => resolve(EMPTY))),
      known: () => ungoverned(new Map()),
    })
    const first = handle('mutate', asking('cart'), LIMIT)
    const object = aPod({ metadata: { namespace: 'vault' } })
    const second = handle('mutate', asking('cart', { namespace: 'vault', object }), LIMIT)
    answers.get('vault')?.()
    expect(verdictOf(await second).allowed).toBe(false)
    answers.get('shop')?.()
    expect(verdictOf(await first).allowed).toBe(false)
  })
})

test('an admission without injection is looked up too, as the pod would stay without its variables', async () => {
  const lowered = policySet(aPolicy({ overrides: [{ rule: 'instance.missing', action: 'Warn' }] }))
  const lookUp = finding(shopNow)
  const { handle, events } = aHandler({ lookUp, known: () => ({ inventory: new Map(), policies: lowered }) })
  const verdict = verdictOf(await handle('mutate', asking('cart'), LIMIT))
  expect(verdict.patch).toBeDefined()
  expect(events.told).toEqual([{ event: 'decided', outcome: 'injected' }])
})
