import { expect, test } from 'vitest'
import { readFacts, type Facts } from '../../src/core/facts.ts'

function counted(): { facts: Facts; asked: string[] } {
  const asked: string[] = []
  const facts: Facts = {
    namespaceLabels: () => void asked.push('labels'),
    owners: () => (asked.push('owners'), { known: true, value: [] }),
    mayUse: (namespace, appId) => (
      asked.push(`use ${namespace}/${appId}`),
      { known: true, value: appId === 'cart' }
    ),
    consumers: () => ({ known: true, value: { pods: 0, workloads: new Map() } }),
    workload: () => '',
  }
  return { facts, asked }
}

test('however many policies ask, a fact is looked at once, and a missing one is needed once', () => {
  const { facts, asked } = counted()
  const reader = readFacts(facts)
  for (let policy = 0; policy < 3; policy++) {
    expect(reader.owners()).toEqual({ known: true, value: [] })
    expect(reader.namespaceLabels()).toBeUndefined()
  }
  expect(asked).toEqual(['owners', 'labels'])
  expect(reader.missing).toEqual([{ kind: 'namespace' }])
})

test('the answer about one instance is not given for another', () => {
  const { facts, asked } = counted()
  const reader = readFacts(facts)
  const answers = ['cart', 'cart', 'order', 'cart'].map((appId) => reader.mayUse('shop', appId))
  expect(answers.map((fact) => fact?.known === true && fact.value)).toEqual([true, true, false, true])
  expect(reader.mayUse('pay', 'cart')).toEqual({ known: true, value: true })
  expect(asked).toEqual(['use shop/cart', 'use shop/order', 'use shop/cart', 'use pay/cart'])
})
