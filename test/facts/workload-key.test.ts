import { describe, expect, test } from 'vitest'
import { workloadKeyOf } from '../../src/facts/workload-key.ts'

const ownedBy = (apiVersion: string, kind: string, name: string, labels = {}) => ({
  name: 'pod-1',
  labels,
  ownerReferences: [{ apiVersion, kind, name, uid: 'u1', controller: true }],
})

describe('a pod is counted as its workload', () => {
  test.each([
    [
      'a ReplicaSet of a Deployment',
      ownedBy('apps/v1', 'ReplicaSet', 'order-7d9f', { 'pod-template-hash': '7d9f' }),
      'shop/Deployment/order',
    ],
    [
      'a ReplicaSet of a Rollout',
      ownedBy('apps/v1', 'ReplicaSet', 'order-7d9f', { 'rollouts-pod-template-hash': '7d9f' }),
      'shop/Rollout.argoproj.io/order',
    ],
    ['a ReplicaSet of its own', ownedBy('apps/v1', 'ReplicaSet', 'order'), 'shop/ReplicaSet/order'],
    [
      'a ReplicaSet whose name does not end in the hash',
      ownedBy('apps/v1', 'ReplicaSet', 'order-other', { 'pod-template-hash': '7d9f' }),
      'shop/ReplicaSet/order-other',
    ],
    [
      'a ReplicaSet called as the hash alone',
      ownedBy('apps/v1', 'ReplicaSet', '-7d9f', { 'pod-template-hash': '7d9f' }),
      'shop/Pod/pod-1',
    ],
    ['a Job of a CronJob', ownedBy('batch/v1', 'Job', 'report-29876543'), 'shop/CronJob/report'],
    ['a Job named for a day', ownedBy('batch/v1', 'Job', 'report-20261121'), 'shop/Job/report-20261121'],
    ['a Job', ownedBy('batch/v1', 'Job', 'migrate'), 'shop/Job/migrate'],
    [
      'a revision of a Knative Service',
      ownedBy('apps/v1', 'ReplicaSet', 'web-00001-deployment-7d9f', {
        'pod-template-hash': '7d9f',
        'serving.knative.dev/service': 'web',
      }),
      'shop/Service.serving.knative.dev/web',
    ],
    [
      'a StatefulSet, whatever label of Knative it has',
      ownedBy('apps/v1', 'StatefulSet', 'db', { 'serving.knative.dev/service': 'web' }),
      'shop/StatefulSet/db',
    ],
    [
      'a Knative Service with a hostile name',
      ownedBy('apps/v1', 'ReplicaSet', 'web-00001-deployment-7d9f', {
        'pod-template-hash': '7d9f',
        'serving.knative.dev/service': '../web',
      }),
      'shop/Deployment/web-00001-deployment',
    ],
    ['a StatefulSet', ownedBy('apps/v1', 'StatefulSet', 'db'), 'shop/StatefulSet/db'],
    [
      'a kind of another group',
      ownedBy('apps.kruise.io/v1alpha1', 'CloneSet', 'c'),
      'shop/CloneSet.apps.kruise.io/c',
    ],
    ['nobody', { name: 'alone' }, 'shop/Pod/alone'],
    [
      'an owner that does not control it',
      { name: 'alone', ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }] },
      'shop/Pod/alone',
    ],
    ['an owner with a hostile name', ownedBy('apps/v1', 'StatefulSet', '../../secrets'), 'shop/Pod/pod-1'],
    ['owners that are no list', { name: 'odd', ownerReferences: 'x' }, 'shop/Pod/odd'],
  ])('of %s', (_, metadata, key) => {
    expect(workloadKeyOf(metadata, 'shop')).toBe(key)
  })
})
