import { describe, expect, test } from 'vitest'
import { readPod, type Pod } from '../../src/core/pod.ts'
import { DEFAULT_OWNER_RATES, makeOwnerLookUp } from '../../src/facts/owner-look-up.ts'
import { UnreachableError } from '../../src/kube/call-errors.ts'
import { AnsweringClient, forbidden } from './answering-client.ts'

const SIGNAL = new AbortController().signal
const CORRECT = { app: 'order' }
const HASHED = { app: 'order', 'pod-template-hash': '7d9f' }

const owner = (apiVersion: string, kind: string, name: string, uid: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
})
const aPod = (metadata: object, labels: object = HASHED): Pod =>
  readPod({ metadata: { name: 'p', labels, ...metadata }, spec: { containers: [{ name: 'app' }] } }) as Pod
const selecting = (matchLabels: object) => ({ selector: { matchLabels } })

const REPLICA_SET = '/apis/apps/v1/namespaces/shop/replicasets/order-7d9f'
const DEPLOYMENT = '/apis/apps/v1/namespaces/shop/deployments/order'
const FROM_REPLICA_SET = owner('apps/v1', 'ReplicaSet', 'order-7d9f', 'rs1')

const aCluster = () =>
  new AnsweringClient({
    [REPLICA_SET]: {
      metadata: { uid: 'rs1', ...owner('apps/v1', 'Deployment', 'order', 'd1') },
      spec: selecting(HASHED),
    },
    [DEPLOYMENT]: { metadata: { uid: 'd1' }, spec: selecting(CORRECT) },
    '/apis/batch/v1/namespaces/shop/jobs/report-29876543': {
      metadata: { uid: 'j1', ...owner('batch/v1', 'CronJob', 'report', 'c1') },
      spec: selecting({ 'batch.kubernetes.io/controller-uid': 'j1' }),
    },
    '/apis/batch/v1/namespaces/shop/cronjobs/report': { metadata: { uid: 'c1' } },
    '/api/v1/namespaces/shop/replicationcontrollers/old': {
      metadata: { uid: 'rc1' },
      spec: { selector: CORRECT },
    },
    '/apis/argoproj.io/v1alpha1': {
      resources: [
        { name: 'rollouts', kind: 'Rollout', namespaced: true },
        { name: 'rollouts/status', kind: 'Rollout', namespaced: true },
      ],
    },
    '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/order': { metadata: { uid: 'ro1' } },
  })

function lookUp(client: AnsweringClient, clock = { now: 0 }, rates = DEFAULT_OWNER_RATES) {
  const owners = makeOwnerLookUp({ client, rates, clock: () => clock.now })
  return {
    ...owners,
    of: async (pod: Pod) => owners.verify({ pod, namespace: 'shop' }, SIGNAL),
    known: (pod: Pod) => owners.peek({ pod, namespace: 'shop' }),
  }
}

const names = async (client: AnsweringClient, pod: Pod) => {
  const fact = await lookUp(client).of(pod)
  return fact.known ? fact.value.map(({ kind, name }) => `${kind}/${name}`) : fact.why
}

describe('verified owners', () => {
  test('of a pod of a Deployment are its ReplicaSet and the Deployment', async () => {
    expect(await names(aCluster(), aPod(FROM_REPLICA_SET))).toEqual([
      'ReplicaSet/order-7d9f',
      'Deployment/order',
    ])
  })

  test('of a pod of a CronJob are its Job and the CronJob, which has no selector and is read by its metadata', async () => {
    const client = aCluster()
    const pod = aPod(owner('batch/v1', 'Job', 'report-29876543', 'j1'), {
      'batch.kubernetes.io/controller-uid': 'j1',
    })
    expect(await names(client, pod)).toEqual(['Job/report-29876543', 'CronJob/report'])
    expect(client.headers.map(({ accept }) => accept?.includes('PartialObjectMetadata') ?? false)).toEqual([
      false,
      true,
    ])
  })

  test('of a pod of a ReplicationController: its selector is a plain map', async () => {
    const pod = aPod(owner('v1', 'ReplicationController', 'old', 'rc1'))
    expect(await names(aCluster(), pod)).toEqual(['ReplicationController/old'])
  })

  test('of a pod without an owner are none, and nobody is asked', async () => {
    const client = aCluster()
    expect(await names(client, aPod({}))).toEqual([])
    expect(client.asked).toEqual([])
  })

  test.each([
    ['has another uid', aPod(owner('apps/v1', 'ReplicaSet', 'order-7d9f', 'other'))],
    ['does not exist', aPod(owner('apps/v1', 'ReplicaSet', 'gone', 'rs1'))],
    ['selects other pods', aPod(FROM_REPLICA_SET, { app: 'cart' })],
    ['is a Deployment, which makes no pods itself', aPod(owner('apps/v1', 'Deployment', 'order', 'd1'))],
    ['is a kind of Kubernetes that makes no pods', aPod(owner('v1', 'ConfigMap', 'c', 'u'))],
    ['is of a kind that is not installed', aPod(owner('example.com/v1', 'Thing', 't', 'u'))],
    ['has a name that would leave its path', aPod(owner('apps/v1', 'ReplicaSet', '../pods/x', 'u'))],
    ['has a group that would leave its path', aPod(owner('../v1', 'ReplicaSet', 'x', 'u'))],
    ['is no object', aPod({ ownerReferences: [null, 7, { controller: true }] })],
  ])('an owner that %s is none', async (_, pod) => {
    expect(await names(aCluster(), pod)).toEqual([])
  })

  test.each([
    ['In', { key: 'app', operator: 'In', values: ['order', 'cart'] }, true],
    ['NotIn', { key: 'app', operator: 'NotIn', values: ['order'] }, false],
    ['Exists', { key: 'tier', operator: 'Exists' }, false],
    ['DoesNotExist', { key: 'tier', operator: 'DoesNotExist' }, true],
    ['an operator of the future', { key: 'app', operator: 'Gt', values: ['1'] }, false],
  ])('a selector with %s is read as Kubernetes reads it', async (_, expression, isOwner) => {
    const client = new AnsweringClient({
      '/apis/apps/v1/namespaces/shop/statefulsets/db': {
        metadata: { uid: 's1' },
        spec: { selector: { matchExpressions: [expression] } },
      },
    })
    const found = await names(client, aPod(owner('apps/v1', 'StatefulSet', 'db', 's1')))
    expect(found).toEqual(isOwner ? ['StatefulSet/db'] : [])
  })

  test('a Deployment that a ReplicaSet claims, but that does not select the pod, is not its owner', async () => {
    const client = aCluster()
    client.answers.set(DEPLOYMENT, { metadata: { uid: 'd1' }, spec: selecting({ app: 'cart' }) })
    expect(await names(client, aPod(FROM_REPLICA_SET))).toEqual(['ReplicaSet/order-7d9f'])
  })

  test('a ReplicaSet that claims a Deployment by its own uid does not become that Deployment', async () => {
    const client = aCluster()
    client.answers.set(REPLICA_SET, {
      metadata: { uid: 'rs1', ...owner('apps/v1', 'Deployment', 'order', 'rs1') },
      spec: selecting(HASHED),
    })
    expect(await names(client, aPod(FROM_REPLICA_SET))).toEqual(['ReplicaSet/order-7d9f'])
  })

  test('of a Job that is judged by itself are the Job, and the CronJob that it names if there is one', async () => {
    const owners = [{ kind: 'Job', name: 'report-now' }]
    const of = async (name: string, uid: string) =>
      lookUp(aCluster()).verify(
        {
          pod: aPod({}),
          namespace: 'shop',
          owners,
          controller: { group: 'batch', version: 'v1', kind: 'CronJob', name, uid },
        },
        SIGNAL,
      )
    const value = [...owners, { kind: 'CronJob', name: 'report' }]
    expect(await of('report', 'c1')).toEqual({ known: true, value })
    expect(await of('report', 'other')).toEqual({ known: true, value: owners })
    expect(await of('ghost', 'c1')).toEqual({ known: true, value: owners })
  })

  test('an owner that is named without a uid is none, and nobody is asked', async () => {
    const client = aCluster()
    expect(await names(client, aPod(owner('apps/v1', 'ReplicaSet', 'order-7d9f', '')))).toEqual([])
    expect(client.asked).toEqual([])
  })

  test('a kind of another group is found by its plural, and written with its group', async () => {
    const client = aCluster()
    client.answers.set(REPLICA_SET, {
      metadata: { uid: 'rs1', ...owner('argoproj.io/v1alpha1', 'Rollout', 'order', 'ro1') },
      spec: selecting(HASHED),
    })
    expect(await names(client, aPod(FROM_REPLICA_SET))).toEqual([
      'ReplicaSet/order-7d9f',
      'Rollout.argoproj.io/order',
    ])
  })

  test('a kind that the service may not read leaves the owners unknown, and the reason names the right', async () => {
    const client = aCluster()
    client.answers.set(REPLICA_SET, {
      metadata: { uid: 'rs1', ...owner('argoproj.io/v1alpha1', 'Rollout', 'order', 'ro1') },
      spec: selecting(HASHED),
    })
    client.answers.set('/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/order', forbidden())
    expect(await names(client, aPod(FROM_REPLICA_SET))).toBe(
      'the service may not read rollouts.argoproj.io (grant get in a ClusterRole)',
    )
  })

  test('owners that claim each other end somewhere', async () => {
    const client = aCluster()
    const things = (name: string, above: string) => ({
      metadata: { uid: name, ...owner('argoproj.io/v1alpha1', 'Rollout', above, above) },
      spec: selecting(HASHED),
    })
    const path = '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts'
    client.answers.set(`${path}/a`, things('a', 'b'))
    client.answers.set(`${path}/b`, things('b', 'a'))
    const found = await names(client, aPod(owner('argoproj.io/v1alpha1', 'Rollout', 'a', 'a')))
    expect(found).toHaveLength(6)
  })
})

describe('looking up owners', () => {
  const pod = aPod(FROM_REPLICA_SET)

  test('a thousand pods of one Deployment cost two questions', async () => {
    const client = aCluster()
    const owners = lookUp(client)
    await Promise.all(Array.from({ length: 1000 }, () => owners.of(pod)))
    await owners.of(pod)
    expect(client.asked).toEqual([REPLICA_SET, DEPLOYMENT])
  })

  test('what is known is there without waiting, until it is too old', async () => {
    const clock = { now: 0 }
    const client = aCluster()
    const owners = lookUp(client, clock)
    expect(owners.known(pod)).toBeUndefined()
    const found = await owners.of(pod)
    expect(owners.known(pod)).toEqual(found)
    clock.now = 60_001
    expect(owners.known(pod)).toBeUndefined()
  })

  test('an answer that grows old while the next owner is looked at still counts', async () => {
    const clock = { now: 0 }
    const client = aCluster()
    const owners = lookUp(client, clock)
    client.onAnswer = () => {
      if (client.asked.length > 5) throw new Error('asked for ever')
      clock.now += 61_000
    }
    expect(await owners.of(pod)).toMatchObject({ known: true, value: [{}, {}] })
    expect(client.asked).toEqual([REPLICA_SET, DEPLOYMENT])
  })

  test('no answer is not "no owner": it is asked again, and told as unavailable', async () => {
    const client = aCluster()
    const owners = lookUp(client)
    client.failure = new UnreachableError('no route')
    await expect(owners.of(pod)).rejects.toMatchObject({
      name: 'FactUnavailable',
      message: 'the owner ReplicaSet/order-7d9f: no route',
    })
    client.failure = undefined
    expect(await owners.of(pod)).toMatchObject({ known: true, value: [{}, {}] })
  })

  test('one namespace cannot ask without end, nor take from the others what they need', async () => {
    const client = aCluster()
    const rates = { all: { perSecond: 1, burst: 100 }, namespace: { perSecond: 1, burst: 3 } }
    const owners = lookUp(client, { now: 0 }, rates)
    const asking = (uid: string) => owners.of(aPod(owner('apps/v1', 'ReplicaSet', 'x', uid)))
    for (const uid of ['a', 'b', 'c']) await asking(uid)
    await expect(asking('d')).rejects.toMatchObject({ name: 'FactUnavailable' })
    await expect(
      owners.verify({ pod: aPod(owner('apps/v1', 'ReplicaSet', 'x', 'e')), namespace: 'pay' }, SIGNAL),
    ).resolves.toEqual({ known: true, value: [] })
  })

  test('a caller that gives up does not take the answer from the others', async () => {
    const client = aCluster()
    const gate = Promise.withResolvers<void>()
    client.gate = gate.promise
    const owners = lookUp(client)
    const impatient = new AbortController()
    const gaveUp = owners.verify({ pod, namespace: 'shop' }, impatient.signal)
    const patient = owners.of(pod)
    impatient.abort(new Error('late'))
    await expect(gaveUp).rejects.toThrow('late')
    gate.resolve()
    expect(await patient).toMatchObject({ known: true, value: [{}, {}] })
  })
})
