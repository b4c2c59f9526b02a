import { describe, expect, test } from 'vitest'
import type { NamespaceFacts } from '../../src/core/cluster-facts.ts'
import type { Consumers } from '../../src/core/facts.ts'
import { readPod, type Pod } from '../../src/core/pod.ts'
import { openClusterFacts } from '../../src/facts/open-cluster-facts.ts'
import { UnreachableError } from '../../src/kube/call-errors.ts'
import { AnsweringClient } from './answering-client.ts'

const SIGNAL = new AbortController().signal
const LABELS = { app: 'db' }
const SET = '/apis/apps/v1/namespaces/shop/statefulsets/db'
const REVIEWS = 'POST /apis/authorization.k8s.io/v1/subjectaccessreviews'

const aPod = (uid: string): Pod =>
  readPod({
    metadata: {
      name: 'db-0',
      labels: LABELS,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid, controller: true }],
    },
    spec: { serviceAccountName: 'db', containers: [{ name: 'app' }] },
  }) as Pod

function aCluster() {
  const client = new AnsweringClient({
    [SET]: { metadata: { uid: 's1' }, spec: { selector: { matchLabels: LABELS } } },
    [REVIEWS]: { status: { allowed: true } },
    '/api/v1/namespaces': { items: [{ metadata: { name: 'shop', labels: { env: 'live' } } }] },
  })
  const clock = { now: 0 }
  const watched = new Map<string, NamespaceFacts>()
  let consumers: Consumers | undefined
  const facts = openClusterFacts({
    client,
    clock: () => clock.now,
    namespace: (name) => watched.get(name),
    consumers: () => consumers,
  })
  return { client, clock, watched, facts, count: (counted: Consumers) => (consumers = counted) }
}

const subject = { pod: aPod('s1'), namespace: 'shop' }

describe('the facts of a cluster', () => {
  test('that nobody has asked for are not known, and looking does not wait', () => {
    const { client, facts } = aCluster()
    const peeked = facts.peek(subject)
    expect([
      peeked.namespaceLabels(),
      peeked.owners(),
      peeked.mayUse('shop', 'order'),
      peeked.consumers('shop', 'order'),
    ]).toEqual([undefined, undefined, undefined, undefined])
    expect(client.asked).toEqual([])
  })

  test('are gathered together, and do not expire before the decision', async () => {
    const { clock, facts } = aCluster()
    const gathered = await facts.gather(
      subject,
      [{ kind: 'namespace' }, { kind: 'owners' }, { kind: 'access', namespace: 'shop', appId: 'order' }],
      SIGNAL,
    )
    clock.now = 3_600_000
    expect(gathered.namespaceLabels()).toEqual({ env: 'live' })
    expect(gathered.owners()).toEqual({ known: true, value: [{ kind: 'StatefulSet', name: 'db' }] })
    expect(gathered.mayUse('shop', 'order')).toEqual({ known: true, value: true })
    expect(facts.peek(subject).owners()).toBeUndefined()
  })

  test('of a namespace come from the watch where it shows it', () => {
    const { watched, facts } = aCluster()
    watched.set('shop', { name: 'shop', labels: { env: 'watched' } })
    expect(facts.peek(subject).namespaceLabels()).toEqual({ env: 'watched' })
  })

  test('of a namespace that does not exist are unavailable, not empty', async () => {
    const { facts } = aCluster()
    const elsewhere = { ...subject, namespace: 'nowhere' }
    await expect(facts.gather(elsewhere, [{ kind: 'namespace' }], SIGNAL)).rejects.toMatchObject({
      name: 'FactUnavailable',
      message: 'there is no namespace nowhere',
    })
  })

  test('that the API server does not tell are unavailable', async () => {
    const { client, facts } = aCluster()
    client.failure = new UnreachableError('no route')
    for (const need of [
      { kind: 'namespace' },
      { kind: 'owners' },
      { kind: 'access', namespace: 'shop', appId: 'order' },
      { kind: 'consumers' },
    ] as const) {
      await expect(facts.gather(subject, [need], SIGNAL)).rejects.toMatchObject({ name: 'FactUnavailable' })
    }
  })

  test('of the consumers are those that the watch shows now', () => {
    const { facts, count } = aCluster()
    const workloads = new Map([['shop/StatefulSet/db', 3]])
    count({ pods: 3, workloads })
    expect(facts.peek(subject).consumers('shop', 'order')).toEqual({
      known: true,
      value: { pods: 3, workloads },
    })
  })

  test('a pod counts as one of its workload only if that is its owner indeed', async () => {
    const { facts } = aCluster()
    const forged = { pod: aPod('forged'), namespace: 'shop' }
    const needs = [{ kind: 'owners' }] as const
    expect((await facts.gather(subject, needs, SIGNAL)).workload()).toBe('shop/StatefulSet/db')
    expect((await facts.gather(forged, needs, SIGNAL)).workload()).toBe('shop/Pod/db-0')
    expect(aCluster().facts.peek(subject).workload()).toBe('shop/Pod/db-0')
  })

  test('the owners of a pod that does not exist yet are those of its template', () => {
    const { client, facts } = aCluster()
    const owners = [{ kind: 'Deployment', name: 'web' }]
    const peeked = facts.peek({ ...subject, owners })
    expect(peeked.owners()).toEqual({ known: true, value: owners })
    expect(peeked.workload()).toBe('shop/Deployment/web')
    expect(client.asked).toEqual([])
  })
})
