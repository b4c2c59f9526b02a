import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ResourceKind } from '../../src/policy/kinds.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { answerTo } from './support/answers.ts'
import { describeInstalled } from './support/describe-installed.ts'
import {
  injectedWith,
  injectionOf,
  knownInstance,
  labelsFor,
  statusFor,
  variablesFor,
} from './support/expected.ts'
import { createInstance } from './support/instances.ts'
import { createAll, createNamespace, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate, listPods, waitForPods, type StoredPod } from './support/pods.ts'
import { applyResources, aPolicy, aResource, conditionsOf, deleteResources } from './support/resources.ts'

// What policies make of pods that are admitted, with the backstop on: it takes each of them.

const namespace = 'e2e-outcomes'
const order = knownInstance(namespace, 'order')
const HOST = `order-dapr.${namespace}.svc.cluster.local`

/** A policy for the pods that name it in a label. */
const policy = (name: string, spec: object): KubeObject & { kind: ResourceKind } =>
  aPolicy(`e2e-outcomes-${name}`, namespace, {
    ...spec,
    match: { objectSelector: { matchLabels: { policy: name } } },
  })
const under = (name: string): { labels: Record<string, string> } => ({ labels: { policy: name } })
const overriding = (rule: string, action: string): object => ({ overrides: [{ rule, action }] })

const LOSING: KubeObject & { kind: ResourceKind } = aPolicy('e2e-outcomes-losing', namespace, {
  match: { objectSelector: { matchLabels: { policy: 'defaults' } } },
  defaults: { env: [{ name: 'LOW', from: 'AppID' }], initContainers: 'Disabled' },
})
const FROM = ['HTTPEndpoint', 'GRPCEndpoint', 'Host', 'HTTPPort', 'GRPCPort', 'AppID', 'Namespace']
const WINNING = policy('defaults', {
  priority: 7,
  defaults: {
    env: FROM.map((from) => ({ name: `MY_${from.toUpperCase()}`, from })),
    skipContainers: ['log-agent'],
  },
})
const DAEMONSETS = policy('exceptions', {
  rules: { strategies: { allowed: ['Deployment'] } },
  exceptions: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
})
const NO_EXCEPTIONS = policy('no-exceptions', { rules: { strategies: { allowed: ['Deployment'] } } })
const EXCEPTION = aResource('DaprSharedException', namespace, 'for-cart', {
  policies: [DAEMONSETS, NO_EXCEPTIONS].map(({ metadata }) => ({
    name: metadata.name,
    rules: ['strategy.not-allowed'],
  })),
  subjects: { workloads: [{ kind: 'Deployment', name: 'cart' }] },
  reason: 'It moves in January.',
  expiresAt: '2099-01-31T00:00:00Z',
})
const ENDED = aResource('DaprSharedException', namespace, 'ended', {
  policies: [{ name: DAEMONSETS.metadata.name, rules: ['strategy.not-allowed'] }],
  subjects: { appIds: ['order'], serviceAccounts: ['late'] },
  reason: 'It moved long ago.',
  expiresAt: '2026-01-31T00:00:00Z',
})
const RESOURCES = [
  ENDED,
  policy('only-cronjobs', { rules: { workloads: { allowedKinds: ['CronJob'] } } }),
  policy('only-deployments', { rules: { workloads: { allowedKinds: ['Deployment'] } } }),
  aPolicy('e2e-outcomes-jobs-alone', namespace, {
    match: { workloadKinds: ['Job'], objectSelector: { matchLabels: { policy: 'by-kind' } } },
    overrides: [{ rule: 'instance.defect', action: 'Deny' }],
  }),
  LOSING,
  WINNING,
  DAEMONSETS,
  NO_EXCEPTIONS,
  EXCEPTION,
  policy('legacy', { defaults: { legacyEnv: 'Enabled', initContainers: 'Disabled' } }),
  policy('override', { defaults: { onExistingEnv: 'Override' } }),
  policy('prefer-shared', { rules: { sidecar: { conflict: 'PreferShared' } } }),
  policy('prefer-sidecar', { rules: { sidecar: { conflict: 'PreferSidecar' } } }),
  policy('missing-warn', overriding('instance.missing', 'Warn')),
  policy('missing-audit', overriding('instance.missing', 'Audit')),
  policy('invalid-warn', overriding('annotation.invalid', 'Warn')),
  policy('sidecar-warn', overriding('sidecar.conflict', 'Warn')),
  aResource('DaprSharedInstance', namespace, 'outside', {
    appId: 'outside',
    external: {
      httpEndpoint: 'https://http.api.example.com:443',
      grpcEndpoint: 'https://grpc.api.example.com:8443',
      apiTokenSecret: { name: 'catalyst', key: 'token' },
    },
  }),
]

describeInstalled(
  'a pod that policy admits',
  (cluster) => {
    beforeAll(async () => {
      await createNamespace(cluster, namespace)
      await createInstance(cluster, namespace, 'order')
      await applyResources(cluster, RESOURCES)
    })
    afterAll(() => deleteResources(cluster, RESOURCES))

    const admitted = async (pod: KubeObject): Promise<StoredPod & { warnings: readonly string[] }> => {
      const answer = await answerTo(cluster, namespace, pod)
      if (answer.pod === undefined) throw new Error(answer.message)
      return { ...answer.pod, warnings: answer.warnings }
    }
    const app = { name: 'app', image: 'example.test/app' }
    const ours = variablesFor(order)

    describe('with injection', () => {
      test('gets the variables of the defaults that win, and no others', async () => {
        const containers = [app, { name: 'log-agent', image: 'example.test/agent' }]
        const initContainers = [{ name: 'migrate', image: 'example.test/migrate' }]
        const pod = await admitted(
          aPod('defaults', 'order', { ...under('defaults'), containers, initContainers }),
        )
        const more = [
          { name: 'MY_HTTPENDPOINT', value: `http://${HOST}:3500` },
          { name: 'MY_GRPCENDPOINT', value: `http://${HOST}:50001` },
          { name: 'MY_HOST', value: HOST },
          { name: 'MY_HTTPPORT', value: '3500' },
          { name: 'MY_GRPCPORT', value: '50001' },
          { name: 'MY_APPID', value: 'order' },
          { name: 'MY_NAMESPACE', value: namespace },
        ]
        expect(injectionOf(pod)).toEqual({
          labels: labelsFor(order),
          status: statusFor(order, ['app', 'migrate']),
          env: { migrate: [...ours, ...more], app: [...ours, ...more], 'log-agent': [] },
        })
      })

      test('gets the variables of old clients, and its plain init containers are left alone', async () => {
        const initContainers = [
          { name: 'migrate', image: 'example.test/migrate' },
          { name: 'native', image: 'example.test/native', restartPolicy: 'Always' },
        ]
        const pod = await admitted(aPod('legacy', 'order', { ...under('legacy'), initContainers }))
        const legacy = [
          ...['DAPR_RUNTIME_HOST', 'DAPR_SIDECAR_IP', 'DAPR_HOST'].map((name) => ({ name, value: HOST })),
          { name: 'DAPR_HTTP_PORT', value: '3500' },
          { name: 'DAPR_GRPC_PORT', value: '50001' },
        ]
        expect(injectionOf(pod)).toMatchObject({
          status: statusFor(order, ['app', 'native']),
          env: { migrate: [], native: [...ours, ...legacy], app: [...ours, ...legacy] },
        })
      })

      test('loses a variable of its own where the defaults say so', async () => {
        const env = [{ name: 'DAPR_HTTP_ENDPOINT', value: 'http://my-own:3500' }]
        const pod = await admitted(
          aPod('override', 'order', { ...under('override'), containers: [{ ...app, env }] }),
        )
        expect(JSON.stringify(injectionOf(pod))).not.toContain('my-own')
        expect(pod.warnings.join()).toContain('[env.conflict]')
      })

      test('has its sidecar switched off where the shared one is preferred', async () => {
        const { labels } = under('prefer-shared')
        const pod = await admitted(
          aPod('prefer-shared', 'order', { labels, annotations: { 'dapr.io/enabled': 'true' } }),
        )
        expect(pod.metadata.annotations['dapr.io/enabled']).toBe('false')
        expect(injectionOf(pod)).toEqual(injectedWith(order))
        expect(pod.warnings.join()).toContain('[sidecar.conflict]')
      })

      test('uses an instance outside of the cluster', async () => {
        const pod = await admitted(
          aPod('outside', 'outside', { annotations: { 'dapr.io/shared-strategy': 'external' } }),
        )
        expect(injectionOf(pod)).toEqual({
          labels: labelsFor({ appId: 'outside', namespace }),
          status: JSON.stringify({
            instance: `${namespace}/outside`,
            strategy: 'external',
            containers: ['app'],
          }),
          env: {
            app: [
              { name: 'DAPR_HTTP_ENDPOINT', value: 'https://http.api.example.com:443' },
              { name: 'DAPR_GRPC_ENDPOINT', value: 'https://grpc.api.example.com:8443' },
              { name: 'DAPR_API_TOKEN', valueFrom: { secretKeyRef: { name: 'catalyst', key: 'token' } } },
            ],
          },
        })
      })
    })

    describe('without injection', () => {
      const skipped = (rule: string): object => ({
        labels: {},
        status: JSON.stringify({ instance: null, skipped: rule, containers: [] }),
        env: { app: [] },
      })

      test.for([
        ['instance.missing', 'missing-warn', 'nobody', {}, true],
        ['instance.missing', 'missing-audit', 'nobody', {}, false],
        ['annotation.invalid', 'invalid-warn', 'Order', {}, true],
        ['sidecar.conflict', 'sidecar-warn', 'order', { 'dapr.io/enabled': 'true' }, true],
        ['sidecar.conflict', 'prefer-sidecar', 'order', { 'dapr.io/enabled': 'true' }, true],
      ] as const)('says %s in its status (%s)', async ([rule, name, appId, annotations, warns]) => {
        const pod = await admitted(aPod(`skipped-${name}`, appId, { ...under(name), annotations }))
        expect(injectionOf(pod)).toEqual(skipped(rule))
        expect(pod.warnings.some((text) => text.includes(`[${rule}]`))).toBe(warns)
        if ('dapr.io/enabled' in annotations) expect(pod.metadata.annotations['dapr.io/enabled']).toBe('true')
      })

      test('may have a daprd, where the sidecar is preferred', async () => {
        const daprd = { name: 'daprd', image: 'example.test/daprd' }
        const pod = await admitted(
          aPod('with-daprd', 'order', { ...under('prefer-sidecar'), containers: [app, daprd] }),
        )
        expect(injectionOf(pod)).toMatchObject(skipped('sidecar.conflict'))
      })
    })

    describe('by an exception', () => {
      const deployment = (name: string, policyName: string): KubeObject => ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: {
          selector: { matchLabels: { app: name } },
          template: aTemplate('order', { labels: { app: name, policy: policyName } }),
        },
      })
      const refusalOf = (name: string): Promise<string> =>
        waitUntil(`Deployment ${name} has no pod`, async () => {
          const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
          const { conditions } = deploymentWithConditions.parse(
            (await cluster.request('GET', path)).body,
          ).status
          return conditions.find(({ type }) => type === 'ReplicaFailure')?.message
        })

      test('is the pod of the workload that it names', async () => {
        await createAll(cluster, namespace, [deployment('cart', 'exceptions')])
        const [pod] = await waitForPods(cluster, namespace, 'app=cart')
        expect(pod && injectionOf(pod)).toEqual(injectedWith(order))
      })

      test('is no pod of another workload', async () => {
        await createAll(cluster, namespace, [deployment('wishes', 'exceptions')])
        expect(await refusalOf('wishes')).toContain('[strategy.not-allowed]')
      })

      test('is no pod under a policy that honours none', async () => {
        await cluster.request('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/cart`)
        await waitUntil(
          'its pods are gone',
          async () => (await listPods(cluster, namespace, 'app=cart')).length === 0,
        )
        await createAll(cluster, namespace, [deployment('cart', 'no-exceptions')])
        expect(await refusalOf('cart')).toContain('[strategy.not-allowed]')
      })

      test('is no pod whose exception has ended, and it is told', async () => {
        await createAll(cluster, namespace, [
          { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'late' } },
        ])
        const pod = aPod('late', 'order', { ...under('exceptions'), serviceAccountName: 'late' })
        const { message } = await answerTo(cluster, namespace, pod)
        expect(message).toContain('[strategy.not-allowed]')
        expect(message).toContain('(The exception "ended" ended on 2026-01-31.)')
      })

      test.for(['Deployment', 'ReplicaSet'] as const)(
        'is no pod that only claims to be of it, by an ownerReference to its %s',
        async (kind) => {
          const path = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`
          const owners = listOfNamed.parse((await cluster.request('GET', path)).body).items
          const { name, uid } = owners.find(({ metadata }) => metadata.name.startsWith('cart'))?.metadata ?? {
            name: '',
            uid: '',
          }
          expect(uid).not.toBe('')
          const pod = aPod(`forged-${kind.toLowerCase()}`, 'order', under('exceptions'))
          const ownerReferences = [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }]
          const answer = await answerTo(cluster, namespace, {
            ...pod,
            metadata: { ...pod.metadata, ownerReferences },
          })
          expect(answer.message).toContain('[strategy.not-allowed]')
        },
      )
    })

    describe('by the kind of the workload at the top', () => {
      const nightly = (policyName: string): KubeObject => ({
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: policyName },
        spec: {
          schedule: '0 0 1 1 *',
          jobTemplate: {
            spec: {
              backoffLimit: 0,
              template: aTemplate('order', { ...under(policyName), restartPolicy: 'Never' }),
            },
          },
        },
      })
      const startNow = (job: string, cronJob: string) =>
        cluster.kubectl(['create', 'job', job, `--from=cronjob/${cronJob}`, '-n', namespace])
      const refusalOf = (name: string): Promise<string> =>
        waitUntil(`${name} is refused a pod`, async () => {
          const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=reason=FailedCreate`
          const { items } = eventList.parse((await cluster.request('GET', path)).body)
          return items.find(({ involvedObject }) => involvedObject.name.startsWith(name))?.message
        })

      test('is one of a CronJob through its Job, and none of a Deployment', async () => {
        await createAll(cluster, namespace, [nightly('only-cronjobs')])
        await startNow('tonight', 'only-cronjobs')
        const [pod] = await waitForPods(cluster, namespace, 'job-name=tonight', { phase: 'Succeeded' })
        expect(pod && injectionOf(pod)).toEqual(injectedWith(order))
        await createAll(cluster, namespace, [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'always' },
            spec: {
              selector: { matchLabels: { app: 'always' } },
              template: aTemplate('order', { labels: { app: 'always', policy: 'only-cronjobs' } }),
            },
          },
        ])
        expect(await refusalOf('always')).toContain('[workload.kind-not-allowed]')
      })

      test('is one of a Deployment through its ReplicaSet, and none of a Job', async () => {
        const labels = { app: 'allowed', policy: 'only-deployments' }
        await createAll(cluster, namespace, [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'allowed' },
            spec: { selector: { matchLabels: { app: 'allowed' } }, template: aTemplate('order', { labels }) },
          },
          nightly('only-deployments'),
        ])
        const [pod] = await waitForPods(cluster, namespace, 'app=allowed')
        expect(pod && injectionOf(pod)).toEqual(injectedWith(order))
        await startNow('refused', 'only-deployments')
        expect(await refusalOf('refused')).toContain('[workload.kind-not-allowed]')
      })

      test('is what a policy for Jobs does not see in a CronJob', async () => {
        await createAll(cluster, namespace, [nightly('by-kind')])
        await startNow('by-kind-of-cronjob', 'by-kind')
        await waitForPods(cluster, namespace, 'job-name=by-kind-of-cronjob', { phase: 'Succeeded' })
        const template = aTemplate('order', { ...under('by-kind'), restartPolicy: 'Never' })
        await createAll(cluster, namespace, [
          { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'a-job' }, spec: { template } },
        ])
        expect(await refusalOf('a-job')).toContain('[instance.defect]')
      })
    })

    test('tells its author in the status of the policies who won', async () => {
      await waitUntil('the statuses are written', async () =>
        (await conditionsOf(cluster, LOSING)).includes('DefaultsEffective=False Overridden'),
      )
      expect(await conditionsOf(cluster, WINNING)).toEqual(
        expect.arrayContaining([
          'Accepted=True Valid',
          'Ready=True Governs',
          'DefaultsEffective=True Effective',
        ]),
      )
      expect(await conditionsOf(cluster, EXCEPTION)).toContain('Accepted=True Valid')
    })
  },
  undefined,
  ['--backstop'],
)

const deploymentWithConditions = z.looseObject({
  status: z.looseObject({
    conditions: z.array(z.looseObject({ type: z.string(), message: z.string() })).default([]),
  }),
})
const eventList = z.object({
  items: z.array(z.object({ message: z.string(), involvedObject: z.object({ name: z.string() }) })),
})
const listOfNamed = z.looseObject({
  items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string(), uid: z.string() }) })),
})
