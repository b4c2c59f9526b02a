import { describe, expect, test } from 'vitest'
import type { Consumers } from '../../src/core/facts.ts'
import { readPod } from '../../src/core/pod.ts'
import type { FactSubject } from '../../src/facts/fact-source.ts'
import { makeReservations } from '../../src/facts/reservations.ts'

const ORDER = { namespace: 'shop', appId: 'order' }
const NOBODY: Consumers = { pods: 0, workloads: new Map() }
const LABELS = { 'shared.dapr.io/app-id': 'order', 'shared.dapr.io/app-namespace': 'shop' }
const SET = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u1', controller: true }

const subject = (metadata: object, namespace = 'shop'): FactSubject => {
  const pod = readPod({ metadata, spec: { containers: [{ name: 'app' }] } })
  if ('kind' in pod) throw new Error(pod.field)
  return { pod, namespace }
}
/** as its controller creates it, as it comes back from other webhooks, and as it is validated */
const generated = (prefix = 'web-') => subject({ generateName: prefix, ownerReferences: [SET] })
const injected = (prefix = 'web-') =>
  subject({ generateName: prefix, ownerReferences: [SET], labels: LABELS })
const validated = (name: string, prefix = 'web-') =>
  subject({ name, generateName: prefix, uid: name, ownerReferences: [SET], labels: LABELS })
const bare = (name: string, labels = {}) => subject({ name, labels })

function reserving() {
  const clock = { now: 0 }
  const reservations = makeReservations(() => clock.now)
  const admit = (...pods: FactSubject[]): void => {
    for (const pod of pods) reservations.admitted(pod, 'shop/order')
  }
  const seenBy = (pod: FactSubject, watched = NOBODY): Consumers => reservations.beside(watched, ORDER, pod)
  return { clock, reservations, admit, seenBy, countedFor: (pod: FactSubject) => seenBy(pod).pods }
}

describe('a pod that was admitted', () => {
  test('uses its instance before the watch shows it', () => {
    const { admit, seenBy } = reserving()
    admit(generated(), generated(), bare('alone'))
    const { pods, workloads } = seenBy(bare('next'))
    expect(pods).toBe(3)
    expect(Object.fromEntries(workloads)).toEqual({ 'shop/StatefulSet/db': 2, 'shop/Pod/alone': 1 })
  })

  test('is counted beside those that the watch shows', () => {
    const { admit, seenBy } = reserving()
    admit(generated(), bare('alone'))
    const watched = { pods: 4, workloads: new Map([['shop/StatefulSet/db', 4]]) }
    const { pods, workloads } = seenBy(bare('next'), watched)
    expect(pods).toBe(6)
    expect(Object.fromEntries(workloads)).toEqual({ 'shop/StatefulSet/db': 5, 'shop/Pod/alone': 1 })
    expect(watched.workloads.get('shop/StatefulSet/db')).toBe(4)
  })

  test('is nothing to another instance', () => {
    const { reservations, admit } = reserving()
    admit(generated())
    const other = { namespace: 'pay', appId: 'order' }
    expect(reservations.beside(NOBODY, other, bare('next'))).toBe(NOBODY)
  })

  test.each([
    ['by its name', bare('alone'), 'alone'],
    ['by what its name begins with', generated(), 'web-x7k2p'],
    ['by the name that it got', validated('web-x7k2p'), 'web-x7k2p'],
    ['by what is left of a long name', generated('w'.repeat(70)), `${'w'.repeat(58)}x7k2p`],
  ])('counts once when the watch shows it, %s', (_, pod, name) => {
    const { reservations, admit, countedFor } = reserving()
    admit(pod)
    reservations.shown('pay', name)
    reservations.shown('shop', 'other')
    expect(countedFor(bare('next'))).toBe(1)
    reservations.shown('shop', name)
    expect(countedFor(bare('next'))).toBe(0)
  })

  test('and that the watch never shows was refused by somebody else: it is forgotten after ten seconds', () => {
    const { clock, admit, countedFor } = reserving()
    admit(generated())
    clock.now = 9_999
    admit(bare('later'))
    expect(countedFor(bare('next'))).toBe(2)
    clock.now = 10_000
    expect(countedFor(bare('next'))).toBe(1)
  })

  test('without a name that can be is not kept', () => {
    const { admit, countedFor } = reserving()
    admit(bare('x'.repeat(1_000_000)), bare(''), generated('x'.repeat(1_000_000)))
    expect(countedFor(bare('next'))).toBe(0)
  })

  test('is kept with so many others at most, whatever a caller sends', () => {
    const { admit, countedFor } = reserving()
    for (let number = 0; number < 3_000; number++) admit(bare(`pod-${number}`))
    expect(countedFor(bare('next'))).toBe(2_000)
  })
})

describe('a pod never counts against itself', () => {
  test.each([
    ['that other webhooks have changed', generated(), injected()],
    ['that is validated', generated(), validated('web-x7k2p')],
    ['that is tried again by its name', bare('alone'), bare('alone')],
    ['with a name that is validated', bare('alone'), bare('alone', LABELS)],
  ])('%s', (_, first, again) => {
    const { admit, seenBy } = reserving()
    admit(first)
    expect(seenBy(again)).toEqual(NOBODY)
    admit(again)
    expect(seenBy(again)).toEqual(NOBODY)
    expect(seenBy(bare('next')).pods).toBe(1)
  })

  test('while others of its workload do', () => {
    const { admit, countedFor } = reserving()
    admit(generated(), generated(), generated())
    expect(countedFor(generated())).toBe(3)
    expect(countedFor(injected())).toBe(2)
    admit(validated('web-x7k2p'))
    expect(countedFor(validated('web-x7k2p'))).toBe(2)
    expect(countedFor(validated('web-other'))).toBe(2)
    expect(countedFor(generated())).toBe(3)
  })
})
