import { describe, expect, test } from 'vitest'
import type { Facts } from '../../src/core/facts.ts'
import { readPod, type Pod } from '../../src/core/pod.ts'
import type { FactSubject } from '../../src/facts/fact-source.ts'
import { buildSnapshot } from '../../src/state/build-snapshot.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

const STATE = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {env: live}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-7d9f
  namespace: shop
  uid: rs1
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d1, controller: true}]
spec: {selector: {matchLabels: {app: web}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: cart-55
  namespace: shop
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, controller: true}]
spec: {selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-7d9f-1
  namespace: shop
  labels: {app: web, pod-template-hash: 7d9f, shared.dapr.io/app-id: order, shared.dapr.io/app-namespace: shop}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-7d9f, uid: rs1, controller: true}]
spec: {containers: [{name: app}]}
`
const snapshot = buildSnapshot(parseManifests(STATE, 'state.yaml').manifests, {
  defaultNamespace: 'default',
  clusterDomain: 'cluster.local',
})

const aPod = (
  name: string,
  uid: string | undefined,
  labels: object = { app: 'web', 'pod-template-hash': '7d9f' },
): Pod =>
  readPod({
    metadata: {
      name: 'p',
      labels,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true }],
    },
    spec: { containers: [{ name: 'app' }] },
  }) as Pod
const factsOf = (pod: Pod, namespace = 'shop'): Facts => snapshot.facts.peek({ pod, namespace })

const ownersOf = (pod: Pod): string[] => {
  const fact = factsOf(pod).owners()
  return fact?.known === true ? fact.value.map(({ kind, name }) => `${kind}/${name}`) : []
}

describe('the facts of manifests', () => {
  test('have the labels of a namespace, and the one that Kubernetes gives to each', () => {
    const pod = aPod('web-7d9f', 'rs1')
    expect(factsOf(pod).namespaceLabels()).toMatchObject({
      env: 'live',
      'kubernetes.io/metadata.name': 'shop',
    })
    expect(factsOf(pod, 'other').namespaceLabels()).toEqual({ 'kubernetes.io/metadata.name': 'other' })
  })

  test('have the owners that are in the state, with or without a uid', () => {
    const facts = factsOf(aPod('web-7d9f', 'rs1'))
    expect(facts.owners()).toEqual({
      known: true,
      value: [
        { kind: 'ReplicaSet', name: 'web-7d9f' },
        { kind: 'Deployment', name: 'web' },
      ],
    })
    expect(facts.workload()).toBe('shop/Deployment/web')
  })

  test('have the owners of manifests that were never in a cluster, by their names', () => {
    const owners = ['ReplicaSet/cart-55', 'Deployment/web']
    expect(ownersOf(aPod('cart-55', undefined))).toEqual(owners)
    expect(ownersOf(aPod('cart-55', 'some'))).toEqual(owners)
    // the one that is there was in a cluster, and its pods have its uid
    expect(ownersOf(aPod('web-7d9f', undefined))).toEqual([])
  })

  test('hold what a workload says made it against the state', () => {
    const job = { owners: [{ kind: 'Job', name: 'nightly-1' }] }
    const claim = { group: 'batch', version: 'v1', kind: 'CronJob', name: 'nightly', uid: 'c1' }
    const pod = aPod('none', undefined)
    const of = (subject: Partial<FactSubject>): Facts =>
      snapshot.facts.peek({ pod, namespace: 'shop', ...job, ...subject })
    expect(of({}).owners()).toEqual({ known: true, value: job.owners })
    expect(of({ controller: claim }).owners()).toEqual({
      known: false,
      why: 'CronJob "nightly" is not in the state',
    })
    const deployment = { group: 'apps', version: 'v1', kind: 'Deployment', name: 'web', uid: 'd1' }
    const replicaSet = { owners: [{ kind: 'ReplicaSet', name: 'web-7d9f' }], controller: deployment }
    expect(of(replicaSet).owners()).toEqual({
      known: true,
      value: [
        { kind: 'ReplicaSet', name: 'web-7d9f' },
        { kind: 'Deployment', name: 'web' },
      ],
    })
    expect(of(replicaSet).workload()).toBe('shop/Deployment/web')
    // no Deployment makes Jobs
    expect(of({ controller: deployment }).owners()).toEqual({ known: true, value: job.owners })
  })

  test.each([
    ['another uid', aPod('web-7d9f', 'other')],
    ['other labels', aPod('web-7d9f', 'rs1', { app: 'cart' })],
  ])('take no claim with %s', (_, pod) => {
    expect(factsOf(pod).owners()).toEqual({ known: true, value: [] })
    expect(factsOf(pod).workload()).toBe('shop/Pod/p')
  })

  test('do not know an owner that is not there, nor what only a cluster can tell', () => {
    const facts = factsOf(aPod('gone', 'rs1'))
    expect(facts.owners()).toEqual({ known: false, why: 'ReplicaSet "gone" is not in the state' })
    expect(facts.mayUse('shop', 'order')).toEqual({ known: false, why: 'no cluster was asked' })
  })

  test('count the pods that use an instance', () => {
    const consumers = factsOf(aPod('web-7d9f', 'rs1')).consumers('shop', 'order')
    expect(consumers).toEqual({
      known: true,
      value: { pods: 1, workloads: new Map([['shop/Deployment/web', 1]]) },
    })
  })
})
