import { describe, expect, test } from 'vitest'
import type { Consumers } from '../../src/core/facts.ts'
import { openClusterFacts } from '../../src/facts/open-cluster-facts.ts'
import { makeReservations } from '../../src/facts/reservations.ts'
import { aPolicy } from '../core/a-question.ts'
import { AnsweringClient } from '../facts/answering-client.ts'
import { aHandler, verdictOf } from './a-handler.ts'
import { shopWith } from './an-object.ts'
import { aPod, aReview, type ReviewParts } from './a-review.ts'

const NOBODY: Consumers = { pods: 0, workloads: new Map() }
const OWNER = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 's1', controller: true }
const generated = aPod({
  labels: { app: 'db' },
  metadata: { name: undefined, generateName: 'db-', ownerReferences: [OWNER] },
})

/** A server whose watch never shows a pod, under one policy. */
function serving(capacity: object) {
  const client = new AnsweringClient({
    '/apis/apps/v1/namespaces/shop/statefulsets/db': {
      metadata: { uid: 's1' },
      spec: { selector: { matchLabels: { app: 'db' } } },
    },
  })
  const reservations = makeReservations(() => 0)
  const facts = openClusterFacts({
    client,
    clock: () => 0,
    namespace: () => ({ name: 'shop', labels: {} }),
    consumers: (namespace, appId, subject) => reservations.beside(NOBODY, { namespace, appId }, subject),
  })
  const known = shopWith(aPolicy({ rules: { capacity } }))
  const { handle } = aHandler({
    known: () => known,
    facts,
    admitted: (subject, instance) => reservations.admitted(subject, instance),
  })
  const ask = async (parts: ReviewParts, stage: 'mutate' | 'validate' = 'mutate') =>
    verdictOf(await handle(stage, aReview({ uid: 'aa11', ...parts }), 1000))
  const atOnce = async (count: number, parts: ReviewParts): Promise<number> => {
    const verdicts = await Promise.all(Array.from({ length: count }, () => ask(parts)))
    return verdicts.filter(({ allowed }) => allowed).length
  }
  return { ask, atOnce }
}

describe('pods that come at once', () => {
  test('do not pass the limit, although the watch shows none of them yet', async () => {
    expect(await serving({ maxPods: 5 }).atOnce(40, { object: generated })).toBe(5)
  })

  test('do not pass it either while all of them wait for one look at their owner', async () => {
    const { atOnce } = serving({ maxPods: 5, maxWorkloads: 1 })
    expect(await atOnce(40, { object: generated })).toBe(5)
  })

  test('in dry runs use nothing', async () => {
    const { atOnce } = serving({ maxPods: 5 })
    expect(await atOnce(40, { object: generated, dryRun: true })).toBe(40)
    expect(await atOnce(40, { object: generated })).toBe(5)
  })

  test('and are refused use nothing', async () => {
    const { ask, atOnce } = serving({ maxPods: 5 })
    const forged = aPod({ metadata: { generateName: 'db-' }, labels: { 'shared.dapr.io/app-id': 'other' } })
    expect((await ask({ object: forged })).allowed).toBe(false)
    expect(await atOnce(40, { object: generated })).toBe(5)
  })

  test('and were admitted as the last are still admitted when they come again', async () => {
    const { ask } = serving({ maxPods: 1 })
    const first = await ask({ object: aPod() })
    expect(first.allowed).toBe(true)
    expect((await ask({ object: aPod() })).allowed).toBe(true)
    expect((await ask({ object: aPod({ metadata: { name: 'other' } }) })).allowed).toBe(false)
  })
})
