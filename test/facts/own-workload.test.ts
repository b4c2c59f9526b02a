import { describe, expect, test } from 'vitest'
import type { Owner } from '../../src/core/facts.ts'
import { readPod, type Pod } from '../../src/core/pod.ts'
import { ownWorkload } from '../../src/facts/own-workload.ts'
import { workloadKeyOf } from '../../src/facts/workload-key.ts'

const aPod = (owner: object | undefined, labels: Record<string, string> = {}): Pod =>
  readPod({
    metadata: { name: 'pod-1', labels, ...(owner ? { ownerReferences: [owner] } : {}) },
    spec: { containers: [{ name: 'app' }] },
  }) as Pod
const apps = (kind: string, name: string) => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid: 'u1',
  controller: true,
})
const job = (name: string) => ({ apiVersion: 'batch/v1', kind: 'Job', name, uid: 'u1', controller: true })
const chain = (...names: string[]): Owner[] =>
  names.map((text) => {
    const [kind = '', name = ''] = text.split('/')
    return { kind, name }
  })
const KNATIVE = { 'pod-template-hash': '7d9f', 'serving.knative.dev/service': 'web' }

const keyOf = (pod: Pod, owners: readonly Owner[]): string =>
  ownWorkload({ pod, namespace: 'shop' }, { known: true, value: owners })
/** as the watch counts it */
const countedAs = ({ metadata }: Pod): string => workloadKeyOf({ ...metadata }, 'shop')

describe('a pod is judged as the workload that it is counted as', () => {
  test.each([
    [
      'of a Deployment',
      aPod(apps('ReplicaSet', 'web-7d9f'), { 'pod-template-hash': '7d9f' }),
      chain('ReplicaSet/web-7d9f', 'Deployment/web'),
    ],
    [
      'of a Deployment that something else made',
      aPod(apps('ReplicaSet', 'web-7d9f'), { 'pod-template-hash': '7d9f' }),
      chain('ReplicaSet/web-7d9f', 'Deployment/web', 'Site.example.com/shop'),
    ],
    ['of a Job that was made by hand of a CronJob', aPod(job('now')), chain('Job/now', 'CronJob/nightly')],
    ['of a CronJob', aPod(job('nightly-29876543')), chain('Job/nightly-29876543', 'CronJob/nightly')],
    [
      'of a Knative Service',
      aPod(apps('ReplicaSet', 'web-00001-deployment-7d9f'), KNATIVE),
      chain(
        'ReplicaSet/web-00001-deployment-7d9f',
        'Deployment/web-00001-deployment',
        'Revision.serving.knative.dev/web-00001',
        'Configuration.serving.knative.dev/web',
        'Service.serving.knative.dev/web',
      ),
    ],
    ['of nobody', aPod(undefined), []],
  ])('%s', (_, pod, owners) => {
    expect(keyOf(pod, owners)).toBe(countedAs(pod))
  })
})

describe('a name that says more than its owners do is not believed', () => {
  test.each([
    [
      'a ReplicaSet called as if a Deployment had made it',
      aPod(apps('ReplicaSet', 'web-evil'), { 'pod-template-hash': 'evil' }),
      chain('ReplicaSet/web-evil'),
      'shop/ReplicaSet/web-evil',
    ],
    [
      'a ReplicaSet of another Deployment',
      aPod(apps('ReplicaSet', 'web-evil'), { 'pod-template-hash': 'evil' }),
      chain('ReplicaSet/web-evil', 'Deployment/other'),
      'shop/Deployment/other',
    ],
    [
      'a Job called as if a CronJob had made it',
      aPod(job('nightly-29876543')),
      chain('Job/nightly-29876543'),
      'shop/Job/nightly-29876543',
    ],
    [
      "a Deployment that wears Knative's label",
      aPod(apps('ReplicaSet', 'mine-7d9f'), KNATIVE),
      chain('ReplicaSet/mine-7d9f', 'Deployment/mine'),
      'shop/Deployment/mine',
    ],
    ['a pod whose owner is none', aPod(apps('StatefulSet', 'db')), [], 'shop/Pod/pod-1'],
  ])('%s', (_, pod, owners, key) => {
    expect(keyOf(pod, owners)).toBe(key)
  })
})

describe('a template is judged as what its pods will be counted as', () => {
  test.each([
    ['a Deployment', chain('Deployment/web'), 'shop/Deployment/web'],
    ['a Knative Service', chain('Service.serving.knative.dev/web'), 'shop/Service.serving.knative.dev/web'],
    [
      'a Deployment that something else made',
      chain('Deployment/web', 'Site.example.com/shop'),
      'shop/Deployment/web',
    ],
    ['a Job of a CronJob', chain('Job/nightly-29876543', 'CronJob/nightly'), 'shop/CronJob/nightly'],
    ['a Job called like one', chain('Job/nightly-29876543'), 'shop/Job/nightly-29876543'],
  ])('%s', (_, owners, key) => {
    expect(ownWorkload({ pod: aPod(undefined), namespace: 'shop', owners }, undefined)).toBe(key)
  })
})
