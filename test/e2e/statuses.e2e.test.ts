import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { startLeading, statusDuty } from '../../src/app/lead.ts'
import { watchCluster } from '../../src/discovery/cluster-source.ts'
import { connect } from '../../src/kube/client.ts'
import { makeLogger } from '../../src/telemetry/logger.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { NAME, removeConfigurations, renderInstall, SYSTEM_NAMESPACE } from './support/installation.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod } from './support/pods.ts'
import { OWN_DEFINITIONS } from './support/definitions.ts'

// Two replicas, of which one writes what became of the resources, with the rights of our own ServiceAccount alone.

const namespace = 'e2e-statuses'
const API = '/apis/shared.dapr.io/v1alpha1'
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/leases/${NAME}`

const condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string(),
  message: z.string(),
})
const withStatus = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  status: z.looseObject({
    observedGeneration: z.number(),
    conditions: z.array(condition),
    consumers: z.unknown().optional(),
  }),
})
const lease = z.looseObject({
  spec: z.looseObject({ holderIdentity: z.string(), leaseTransitions: z.number() }),
})

describeOnCluster('statuses', (cluster) => {
  let kubeconfig: string
  const replicas: AsyncDisposable[] = []

  beforeAll(async () => {
    await cluster.apply(OWN_DEFINITIONS)
    await createNamespace(cluster, namespace)
    const { yaml } = await renderInstall(cluster)
    await cluster.apply(yaml)
    await removeConfigurations(cluster)
    kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
  })
  afterAll(async () => {
    for (const replica of replicas) await replica[Symbol.asyncDispose]()
  })

  const startReplica = async (): Promise<AsyncDisposable> => {
    await using stack = new AsyncDisposableStack()
    const client = stack.use(await connect({ kubeconfig }))
    const log = makeLogger('error')
    const source = stack.use(
      watchCluster({
        client,
        clusterDomain: 'cluster.local',
        log,
        now: Date.now,
        clock: () => performance.now(),
        random: Math.random,
      }),
    )
    const duties = [statusDuty({ client, source, log })]
    stack.use(startLeading({ client, ownNamespace: SYSTEM_NAMESPACE, duties, log }))
    const replica = stack.move()
    replicas.push(replica)
    return replica
  }
  const read = async (path: string) => withStatus.parse((await cluster.request('GET', `${API}/${path}`)).body)
  const conditionsOf = (path: string, ...wanted: string[]) =>
    waitUntil(`${path} says ${wanted.join(', ')}`, async () => {
      const { status } = await read(path)
      const told = status.conditions.map(({ type, status: is, reason }) => `${type}=${is} ${reason}`)
      return wanted.every((one) => told.includes(one)) && status
    })
  const leaseNow = async () => lease.parse((await cluster.request('GET', LEASE)).body).spec

  test('are written for every kind, and once', async () => {
    await startReplica()
    await cluster.apply(`
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: e2e-statuses-high}
spec: {priority: 9, match: {namespaceSelector: {matchLabels: {team: none}}}, defaults: {initContainers: Disabled}}
---
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: e2e-statuses-low}
spec: {match: {namespaceSelector: {matchLabels: {team: none}}}, defaults: {initContainers: Disabled}}
---
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedGrant
metadata: {name: grant, namespace: ${namespace}}
spec: {appIds: [order], from: [{namespace: pay}]}
---
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedException
metadata: {name: past, namespace: ${namespace}}
spec:
  policies: [{name: e2e-statuses-high, rules: [capacity.pods]}]
  subjects: {appIds: [order]}
  reason: It was needed
  expiresAt: "2026-01-01T00:00:00Z"
---
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedInstance
metadata: {name: order, namespace: ${namespace}}
spec: {appId: order, external: {httpEndpoint: "https://a.example.com:443", grpcEndpoint: "https://b.example.com:443"}}
`)
    await conditionsOf(
      'daprsharedpolicies/e2e-statuses-high',
      'Accepted=True Valid',
      'Ready=True Governs',
      'DefaultsEffective=True Effective',
    )
    const { conditions } = await conditionsOf(
      'daprsharedpolicies/e2e-statuses-low',
      'DefaultsEffective=False Overridden',
    )
    expect(conditions.map(({ message }) => message).join(' ')).toContain('e2e-statuses-high')
    await conditionsOf(`namespaces/${namespace}/daprsharedgrants/grant`, 'Accepted=True Valid')
    await conditionsOf(
      `namespaces/${namespace}/daprsharedexceptions/past`,
      'Accepted=True Valid',
      'Expired=True Expired',
    )
    await conditionsOf(`namespaces/${namespace}/daprsharedinstances/order`, 'Accepted=True Valid')

    // nothing changes any more, so nothing is written any more
    const versions = async () =>
      Promise.all(
        ['daprsharedpolicies/e2e-statuses-high', 'daprsharedpolicies/e2e-statuses-low'].map(
          async (path) => (await read(path)).metadata.resourceVersion,
        ),
      )
    const before = await versions()
    await new Promise((wait) => setTimeout(wait, 7_000))
    expect(await versions()).toEqual(before)
  })

  test('tell who uses an external instance', async () => {
    const labels = { 'shared.dapr.io/app-id': 'order', 'shared.dapr.io/app-namespace': namespace }
    await create(cluster, namespace, aPod('user', undefined, { labels }))
    await waitUntil('the consumers are told', async () => {
      const { status } = await read(`namespaces/${namespace}/daprsharedinstances/order`)
      return JSON.stringify(status.consumers) === '{"pods":1,"workloads":1}'
    })
  })

  test('are taken down when the reason has gone', async () => {
    await cluster.request('DELETE', `${API}/daprsharedpolicies/e2e-statuses-high`)
    await conditionsOf('daprsharedpolicies/e2e-statuses-low', 'DefaultsEffective=True Effective')
    await cluster.request(
      'PATCH',
      `${API}/daprsharedpolicies/e2e-statuses-low`,
      { spec: { defaults: null } },
      { 'content-type': 'application/merge-patch+json' },
    )
    await waitUntil('nothing is said of defaults any more', async () => {
      const { status } = await read('daprsharedpolicies/e2e-statuses-low')
      return status.observedGeneration === 2 && status.conditions.length === 2
    })
  })

  test('are written by one replica, and by the next one soon after that has gone', async () => {
    const [first] = replicas
    const { holderIdentity, leaseTransitions } = await leaseNow()
    await startReplica()
    await new Promise((wait) => setTimeout(wait, 5_000))
    expect((await leaseNow()).holderIdentity).toBe(holderIdentity)

    await first?.[Symbol.asyncDispose]()
    await waitUntil(
      'another leads',
      async () => {
        const now = await leaseNow()
        return now.holderIdentity !== '' && now.holderIdentity !== holderIdentity
      },
      { timeout: 10_000 },
    )
    expect((await leaseNow()).leaseTransitions).toBe(leaseTransitions + 1)
    await cluster.request(
      'PATCH',
      `${API}/daprsharedpolicies/e2e-statuses-low`,
      { spec: { priority: 3 } },
      { 'content-type': 'application/merge-patch+json' },
    )
    await waitUntil('the next one writes', async () => {
      const { status } = await read('daprsharedpolicies/e2e-statuses-low')
      return status.observedGeneration === 3
    })
    await cluster.request('DELETE', `${API}/daprsharedpolicies/e2e-statuses-low`)
  })
})
