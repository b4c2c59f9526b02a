import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Facts, FactQuery } from '../../src/core/facts.ts'
import { readPod, type Pod } from '../../src/core/pod.ts'
import { watchCluster, type ClusterSource } from '../../src/discovery/cluster-source.ts'
import { connect } from '../../src/kube/client.ts'
import type { KubeClient } from '../../src/kube/kube-client.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { NAME, removeConfigurations, renderInstall, SYSTEM_NAMESPACE } from './support/installation.ts'
import { create, createNamespace, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate } from './support/pods.ts'
import { OWN_DEFINITIONS } from './support/definitions.ts'

// What our own ServiceAccount, with its rights alone, finds out about pods on a real API server.

const namespace = 'e2e-facts'
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined }

const stored = z.looseObject({ metadata: z.looseObject({ name: z.string(), uid: z.string() }) })
const running = z.looseObject({ status: z.looseObject({ phase: z.literal('Running') }) })
const listed = z.object({ items: z.array(z.looseObject({})) })

const workload = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
})
const template = (name: string) => aTemplate(undefined, { labels: { app: name } })
const selecting = (name: string) => ({
  selector: { matchLabels: { app: name } },
  template: template(name),
})
const jobSpec = (name: string) => {
  const { metadata, spec } = template(name)
  return { template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } }
}

describeOnCluster('facts', (cluster) => {
  let client: KubeClient
  let source: ClusterSource

  beforeAll(async () => {
    await cluster.apply(OWN_DEFINITIONS)
    await createNamespace(cluster, namespace)
    const { yaml } = await renderInstall(cluster)
    await cluster.apply(yaml)
    await removeConfigurations(cluster)
    client = await connect({
      kubeconfig: await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME),
    })
    source = watchCluster({
      client,
      clusterDomain: 'cluster.local',
      log: QUIET,
      now: Date.now,
      clock: () => performance.now(),
      random: Math.random,
    })
    await waitUntil('everything was read', async () => source.current() !== undefined)
  })
  afterAll(async () => {
    await source?.[Symbol.asyncDispose]()
    await client?.[Symbol.asyncDispose]()
  })

  const made = async (object: KubeObject): Promise<z.infer<typeof stored>> => {
    const { status, body } = await create(cluster, namespace, object)
    expect(status, JSON.stringify(body)).toBe(201)
    return stored.parse(body)
  }
  const firstPodOf = (app: string): Promise<Pod> =>
    waitUntil(`a pod of ${app} is there`, async () => {
      const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`
      const [first] = listed.parse((await cluster.request('GET', path)).body).items
      return first && (readPod(first) as Pod)
    })
  const gather = (pod: Pod, needs: readonly FactQuery[], own = namespace): Promise<Facts> =>
    source.facts.gather({ pod, namespace: own }, needs, AbortSignal.timeout(10_000))
  const ownersOf = async (pod: Pod): Promise<unknown> => {
    const fact = (await gather(pod, [{ kind: 'owners' }])).owners()
    return fact?.known === true ? fact.value.map(({ kind, name }) => `${kind}/${name}`) : fact?.why
  }
  const forged = (owner: z.infer<typeof stored>, apiVersion: string, kind: string, labels: object): Pod => {
    const { name, uid } = owner.metadata
    const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }]
    return readPod({
      metadata: { name: 'forged', labels, ownerReferences },
      spec: { containers: [{ name: 'app' }] },
    }) as Pod
  }

  describe('owners', () => {
    test('of a pod of a Deployment are the ReplicaSet and the Deployment; claims of either are not believed', async () => {
      const deployment = await made(workload('apps/v1', 'Deployment', 'web', selecting('web')))
      const pod = await firstPodOf('web')
      expect(await ownersOf(pod)).toEqual([expect.stringMatching(/^ReplicaSet\/web-/), 'Deployment/web'])
      expect((await gather(pod, [{ kind: 'owners' }])).workload()).toBe(`${namespace}/Deployment/web`)

      const { body } = await cluster.request(
        'GET',
        `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3Dweb`,
      )
      const replicaSet = stored.parse(listed.parse(body).items[0])
      expect(await ownersOf(forged(deployment, 'apps/v1', 'Deployment', { app: 'web' }))).toEqual([])
      expect(await ownersOf(forged(replicaSet, 'apps/v1', 'ReplicaSet', { app: 'web' }))).toEqual([])
      const gone = { metadata: { ...replicaSet.metadata, uid: 'another' } }
      expect(await ownersOf(forged(gone, 'apps/v1', 'ReplicaSet', { ...pod.metadata.labels }))).toEqual([])
    })

    test.each([
      ['apps/v1', 'StatefulSet', 'db', { ...selecting('db'), serviceName: 'db' }],
      ['apps/v1', 'DaemonSet', 'agent', selecting('agent')],
      ['apps/v1', 'ReplicaSet', 'alone', selecting('alone')],
      ['v1', 'ReplicationController', 'old', { selector: { app: 'old' }, template: template('old') }],
      ['batch/v1', 'Job', 'migrate', jobSpec('migrate')],
    ])('of a pod of a %s %s', async (apiVersion, kind, name, spec) => {
      await made(workload(apiVersion, kind, name, spec))
      const pod = await firstPodOf(name)
      expect(await ownersOf(pod)).toEqual([`${kind}/${name}`])
      expect((await gather(pod, [{ kind: 'owners' }])).workload()).toBe(`${namespace}/${kind}/${name}`)
    })

    test('of a pod of a CronJob are the Job and the CronJob', async () => {
      const spec = { schedule: '0 0 1 1 *', jobTemplate: { spec: jobSpec('report') } }
      await made(workload('batch/v1', 'CronJob', 'report', spec))
      const job = 'report-29876543'
      await cluster.kubectl(['create', 'job', '-n', namespace, '--from=cronjob/report', job])
      const pod = await firstPodOf('report')
      expect(await ownersOf(pod)).toEqual([`Job/${job}`, 'CronJob/report'])
      expect((await gather(pod, [{ kind: 'owners' }])).workload()).toBe(`${namespace}/CronJob/report`)
    })

    test('that the service may not read stay unknown, and the missing right is named', async () => {
      const spec = { podSelector: {}, policyTypes: ['Ingress'] }
      const policy = stored.parse(
        (
          await cluster.request(
            'POST',
            `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
            workload('networking.k8s.io/v1', 'NetworkPolicy', 'strange', spec),
          )
        ).body,
      )
      expect(await ownersOf(forged(policy, 'networking.k8s.io/v1', 'NetworkPolicy', {}))).toBe(
        'the service may not read networkpolicies.networking.k8s.io (grant get in a ClusterRole)',
      )
    })
  })

  test('the labels of a namespace are known the moment it is there, before any watch tells', async () => {
    for (let round = 0; round < 10; round++) {
      const name = `e2e-facts-new-${round}`
      await cluster.request('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { round: String(round) } },
      })
      const pod = readPod(aPod('asking', 'order')) as Pod
      const facts = await gather(pod, [{ kind: 'namespace' }], name)
      expect(facts.namespaceLabels()).toMatchObject({ round: String(round) })
    }
  })

  test('a ServiceAccount may use what a Role lets it use by name, and nothing else', async () => {
    const owned = await createNamespace(cluster, 'e2e-facts-owner')
    await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: use-order, namespace: ${owned}}
rules: [{apiGroups: [shared.dapr.io], resources: [daprsharedinstances], resourceNames: [order], verbs: [use]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: use-order, namespace: ${owned}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: use-order}
subjects: [{kind: ServiceAccount, name: cashier, namespace: ${namespace}}]
`)
    const mayUse = async (serviceAccountName: string, instanceNamespace: string, appId: string) => {
      const pod = readPod({
        metadata: { name: 'p' },
        spec: { serviceAccountName, containers: [{ name: 'app' }] },
      }) as Pod
      const need = { kind: 'access', namespace: instanceNamespace, appId } as const
      return (await gather(pod, [need])).mayUse(instanceNamespace, appId)
    }
    // RBAC is itself a cache, a moment behind
    await waitUntil('the binding works', async () => {
      const fact = await mayUse('cashier', owned, 'order')
      return fact?.known === true && fact.value
    })
    for (const [account, place, appId] of [
      ['other', owned, 'order'],
      ['cashier', namespace, 'order'],
      ['cashier', owned, 'cart'],
    ] as const) {
      expect(await mayUse(account, place, appId)).toEqual({ known: true, value: false })
    }
  })

  test('pods with our labels are counted while they run, as the watch shows them', async () => {
    const labels = { 'shared.dapr.io/app-id': 'order', 'shared.dapr.io/app-namespace': namespace }
    const counted = (pods: number): Promise<unknown> =>
      waitUntil(`${pods} pods are counted`, async () => source.consumers(namespace, 'order')?.pods === pods)
    for (const name of ['one', 'two', 'three']) await made(aPod(name, undefined, { labels }))
    await made({ ...aPod('unlabelled', undefined) })
    await counted(3)
    expect(source.consumers(namespace, 'order')?.workloads.size).toBe(3)

    // whoever plays the kubelet would otherwise start the pod after it has ended
    await waitUntil('pod two runs', async () => {
      const { body } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/pods/two`)
      return running.safeParse(body).success
    })
    await cluster.request(
      'PATCH',
      `/api/v1/namespaces/${namespace}/pods/two/status`,
      { status: { phase: 'Succeeded' } },
      { 'content-type': 'application/merge-patch+json' },
    )
    await counted(2)
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/pods/three?gracePeriodSeconds=0`)
    await counted(1)
  })

  test('policies, grants, exceptions and external instances are watched', async () => {
    await cluster.apply(`
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: e2e-facts-watched}
spec: {match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${namespace}}}}, rules: {capacity: {maxPods: 5}}}
---
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedGrant
metadata: {name: all, namespace: ${namespace}}
spec: {appIds: [order], from: [{namespace: pay}]}
---
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedInstance
metadata: {name: outside, namespace: ${namespace}}
spec: {appId: outside, external: {httpEndpoint: "https://a.example.com:443", grpcEndpoint: "https://b.example.com:443"}}
`)
    await waitUntil('all of it is known', async () => {
      const { policies, grants } = source.policies()
      const entries = source.current()?.get(namespace)?.entries
      return (
        policies.some(({ name }) => name === 'e2e-facts-watched') &&
        grants.get(namespace)?.length === 1 &&
        entries?.has('outside') === true
      )
    })
    const looked = await source.lookUp?.(namespace, AbortSignal.timeout(5000))
    expect(looked?.entries.has('outside')).toBe(true)
    await cluster.request('DELETE', '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies/e2e-facts-watched')
    await waitUntil('the policy is gone', async () =>
      source.policies().policies.every(({ name }) => name !== 'e2e-facts-watched'),
    )
  })
})
