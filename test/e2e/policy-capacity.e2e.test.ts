import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ResourceKind } from '../../src/policy/kinds.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { answerTo } from './support/answers.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance } from './support/instances.ts'
import { createAll, createNamespace, mergePatch, pathOfPod, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate, waitForPods } from './support/pods.ts'
import { applyResources, aPolicy, deleteResources } from './support/resources.ts'

// capacity.workloads and capacity.pods: counted from a watch of what runs, never by a list for each request.

const namespace = 'e2e-capacity'

const policy = (appId: string, capacity: object): KubeObject & { kind: ResourceKind } =>
  aPolicy(`e2e-capacity-${appId}`, namespace, { match: { appIds: [appId] }, rules: { capacity } })

const MOST_PODS = 5
const RESOURCES = [
  policy('single', { maxWorkloads: 1 }),
  policy('few', { maxPods: 2 }),
  policy('per-replica', { maxPodsPerReplica: 1 }),
  policy('rushed', { maxPods: MOST_PODS }),
]

describeInstalled('the capacity of an instance', (cluster) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    for (const appId of ['single', 'few', 'rushed']) await createInstance(cluster, namespace, appId)
    await createInstance(cluster, namespace, 'per-replica', { shape: 'chart-deployment' })
    await applyResources(cluster, RESOURCES)
  })
  afterAll(() => deleteResources(cluster, RESOURCES))

  describe('for one workload', () => {
    const path = (name: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
    const deployment = (name: string): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: name } },
        template: aTemplate('single', { labels: { app: name } }),
      },
    })
    const refused = (name: string): Promise<string> =>
      waitUntil(`Deployment ${name} is refused its pods`, async () => {
        const { conditions } = withConditions.parse((await cluster.request('GET', path(name))).body).status
        return conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')?.message
      })
    beforeAll(async () => {
      await createAll(cluster, namespace, [deployment('first')])
      await waitForPods(cluster, namespace, 'app=first', { count: 3 })
    })

    test('is enough for its rolling update, which makes pods beside the old ones', async () => {
      const template = { metadata: { annotations: { version: '2' } } }
      expect((await mergePatch(cluster, path('first'), { spec: { template } })).status).toBe(200)
      await cluster.kubectl(['rollout', 'status', 'deployment/first', '-n', namespace, '--timeout=60s'])
      const pods = await waitForPods(cluster, namespace, 'app=first', { count: 3 })
      expect(new Set(pods.map(({ metadata }) => metadata.annotations['version']))).toEqual(new Set(['2']))
    })

    test('is none for a second one, which is told why', async () => {
      await createAll(cluster, namespace, [deployment('second')])
      expect(await refused('second')).toContain('[capacity.workloads]')
      expect(await refused('second')).toContain(
        'serves 1 other workload already, of at most 1 (policy e2e-capacity-single)',
      )
    })

    test('is none for a bare pod, nor for one that claims to be of the first', async () => {
      const bare = aPod('bare', 'single', { labels: { app: 'first' } })
      expect((await answerTo(cluster, namespace, bare)).message).toContain('[capacity.workloads]')
      const { uid } = withUid.parse((await cluster.request('GET', path('first'))).body).metadata
      const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'first', uid, controller: true }
      const forged = { ...bare, metadata: { ...bare.metadata, name: 'forged', ownerReferences: [owner] } }
      expect((await answerTo(cluster, namespace, forged)).message).toContain('[capacity.workloads]')
    })

    test('is free again for the second one when the first has gone', async () => {
      await cluster.request('DELETE', path('first'))
      // its controller tries again by itself
      await waitForPods(cluster, namespace, 'app=second', { count: 3 })
    })
  })

  describe('in pods', () => {
    const untilFull = (appId: string): Promise<string> =>
      waitUntil(`${appId} is full`, async () => {
        const { message } = await answerTo(cluster, namespace, aPod('probe', appId), { dryRun: true })
        return message !== '' && message
      })

    test('counts what runs, not dry runs, and not what has ended', async () => {
      for (const name of ['few-dry-1', 'few-dry-2', 'few-dry-3'])
        expect((await answerTo(cluster, namespace, aPod(name, 'few'), { dryRun: true })).message).toBe('')
      for (const name of ['few-1', 'few-2'])
        expect((await answerTo(cluster, namespace, aPod(name, 'few'))).message).toBe('')
      expect(await untilFull('few')).toContain('[capacity.pods]')
      expect(await untilFull('few')).toContain(
        'serves 2 pods already, of at most 2 (policy e2e-capacity-few)',
      )
      await cluster.request('DELETE', `${pathOfPod(namespace, 'few-1')}?gracePeriodSeconds=0`)
      await waitUntil('there is room again', async () => {
        const { message } = await answerTo(cluster, namespace, aPod('probe', 'few'), { dryRun: true })
        return message === ''
      })
    })

    test('for each replica of the instance', async () => {
      expect((await answerTo(cluster, namespace, aPod('per-replica-1', 'per-replica'))).message).toBe('')
      expect(await untilFull('per-replica')).toContain(
        'with 1 replica already, of at most 1 for each (policy',
      )
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/per-replica-dapr-shared-chart`
      await mergePatch(cluster, path, { spec: { replicas: 2 } })
      await waitUntil('there is room for another', async () => {
        const pod = aPod('probe', 'per-replica')
        return (await answerTo(cluster, namespace, pod, { dryRun: true })).message === ''
      })
    })

    // one replica knows what its watch has shown: what is created within that moment may be too much
    test('is soft: pods created at the same moment may overshoot, once', async () => {
      const at = (moment: string, count: number): Promise<number> =>
        Promise.all(
          Array.from({ length: count }, (_, index) =>
            answerTo(cluster, namespace, aPod(`rushed-${moment}-${index}`, 'rushed')),
          ),
        ).then((answers) => answers.filter(({ message }) => message === '').length)
      const together = await at('a', 40)
      await untilFull('rushed')
      const later = await at('b', 40)
      process.stdout.write(`capacity.pods: 40 pods at once, of at most ${MOST_PODS}: ${together} admitted\n`)
      expect(together).toBeGreaterThanOrEqual(MOST_PODS)
      expect(later).toBe(0)
    })
  })
})

const withConditions = z.looseObject({
  status: z.looseObject({
    conditions: z
      .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string() }))
      .default([]),
  }),
})
const withUid = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) })
