import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { SHORT, SHORTER } from '../life-cycle/plan.ts'
import { runPlan } from '../life-cycle/run-plan.ts'
import { INSTANCE, NAMESPACE, openStage, type Stage } from '../life-cycle/stage.ts'
import { injectedWith, injectionOf } from './support/expected.ts'
import { NAME, SYSTEM_NAMESPACE } from './support/installation.ts'
import { isClean, tellLedger } from './support/load-ledger.ts'
import { create, createAll, pathOfAll, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate, waitForPods } from './support/pods.ts'
import { placeOfReplicas } from './support/replicas/network.ts'
import { callsOf } from './support/webhook-calls.ts'

// minutes, on a machine that has other things to do as well
const PATIENCE = 600_000
const WEBHOOKS = ['mutate', 'validate', 'workloads'].map((name) => `${name}.shared.dapr.io`)

describeOnCluster(`two replicas behind the Service, on ${placeOfReplicas()}`, ({ assets }) => {
  let stage: Stage
  let opened: Stage | undefined
  beforeAll(async () => {
    opened = stage = await openStage({ assets, drainSeconds: SHORT.drainSeconds })
  })
  afterAll(async () => opened?.[Symbol.asyncDispose]())

  describe('under load', () => {
    test.each([
      ['Fail', SHORT],
      ['Ignore', SHORTER],
    ] as const)(
      'lose no call while certificates, replicas and the API server are replaced, with failurePolicy %s',
      async (policy, plan) => {
        const { asking, plain } = await runPlan(stage, plan, policy, () => {})
        expect(isClean(asking), tellLedger('asking', asking)).toBe(true)
        expect(isClean(plain), tellLedger('plain', plain)).toBe(true)
      },
      PATIENCE,
    )
  })

  describe('while none of them is up', () => {
    beforeAll(async () => {
      await stage.install.setFailurePolicy('Fail')
      await Promise.all([...stage.replicas.running].map((replica) => replica.remove()))
    })

    test('who did not ask is not asked about, and has its pods', async () => {
      const { cluster } = stage
      const calls = async (): Promise<number[]> =>
        Promise.all(WEBHOOKS.map((webhook) => callsOf(cluster, webhook)))
      const before = await calls()
      await createAll(cluster, NAMESPACE, plainObjects())
      await waitForPods(cluster, NAMESPACE, 'who=plain', { count: 4 })
      await waitForPods(cluster, NAMESPACE, 'who=plain-job', { phase: 'Succeeded' })
      expect(await calls()).toEqual(before)
    })

    test('the pods of the service itself come up', async () => {
      const { cluster, install } = stage
      await install.scaleDeployment(2)
      await waitForPods(cluster, SYSTEM_NAMESPACE, `app.kubernetes.io/name=${NAME}`, { count: 2 })
      await install.scaleDeployment(0)
      // their addresses are nobody's: nothing may be called there
      await waitUntil('they have left the Service', async () => !(await hasEndpoints(cluster)))
    })

    test('who asks waits, and is told for what; when a replica is back, controllers make the pods', async () => {
      const { cluster, replicas } = stage
      const { code, stderr } = await cluster.kubectl(['create', '-n', NAMESPACE, '-f', '-'], {
        stdin: JSON.stringify(aPod('waiting', INSTANCE.appId)),
        allowFailure: true,
      })
      expect(code).toBe(1)
      expect(stderr).toContain(
        `failed calling webhook "mutate.shared.dapr.io": failed to call webhook: Post "https://${NAME}.${SYSTEM_NAMESPACE}.svc:443/mutate?timeout=5s": no endpoints available for service "${NAME}"`,
      )

      await createAll(cluster, NAMESPACE, [workload('Deployment', 'patient', INSTANCE.appId)])
      await waitUntil('its ReplicaSet is told why it has no pod', async () => {
        const path = `${pathOfAll({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, NAMESPACE)}?labelSelector=who%3Dpatient`
        return JSON.stringify((await cluster.request('GET', path)).body).includes('no endpoints available')
      })
      await replicas.add()
      await replicas.untilPublished()
      const [pod] = await waitForPods(cluster, NAMESPACE, 'who=patient')
      expect(pod && injectionOf(pod)).toEqual(injectedWith(INSTANCE))
      expect(await create(cluster, NAMESPACE, aPod('late', INSTANCE.appId))).toMatchObject({ status: 201 })
    })
  })
})

/** One of each kind that brings pods; of each of the first four one pod, at least. */
function plainObjects(): KubeObject[] {
  const job = { template: aTemplate(undefined, { labels: { who: 'plain-job' }, restartPolicy: 'Never' }) }
  return [
    { ...aPod('plain', undefined), metadata: { name: 'plain', labels: { who: 'plain' } } },
    workload('Deployment', 'plain', undefined),
    workload('StatefulSet', 'plain', undefined),
    workload('DaemonSet', 'plain', undefined),
    { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'plain' }, spec: job },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'plain' },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job } },
    },
  ]
}

function workload(kind: string, who: string, appId: string | undefined): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: who },
    spec: {
      selector: { matchLabels: { who } },
      template: aTemplate(appId, { labels: { who } }),
    },
  }
}

const slices = z.object({ items: z.array(z.object({ endpoints: z.array(z.unknown()).nullish() })) })

async function hasEndpoints({ request }: TestCluster): Promise<boolean> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D${NAME}`
  const { items } = slices.parse((await request('GET', path)).body)
  return items.some(({ endpoints }) => (endpoints ?? []).length > 0)
}
