import { beforeAll, expect, test } from 'vitest'
import type { ApiResponse } from '../cluster/api-request.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { removeConfigurations } from './support/installation.ts'
import { createInstance } from './support/instances.ts'
import {
  create,
  createAll,
  createNamespace,
  mergePatch,
  pathOfAll,
  type KubeObject,
} from './support/objects.ts'
import { aTemplate } from './support/pods.ts'
import { callsFor, callsOf, failedConditions, installUnanswered } from './support/webhook-calls.ts'

const namespace = 'e2e-protect-conditions'
const PROTECT = 'protect.shared.dapr.io'

const labels = { app: 'a' }
const plain = aTemplate(undefined, { labels })

/** One without pods. */
function aDeployment(template: object, metadata: object): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', ...metadata },
    spec: { selector: { matchLabels: labels }, template, replicas: 0 },
  }
}

describeOnCluster('protect.shared.dapr.io', (cluster) => {
  const at = (kind: string, name: string): string => {
    const apiVersion = kind === 'Service' ? 'v1' : 'apps/v1'
    return `${pathOfAll({ apiVersion, kind }, namespace)}/${name}?dryRun=All`
  }
  const deleted = (kind: string, name: string) => (): Promise<ApiResponse> =>
    cluster.request('DELETE', at(kind, name))

  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await createInstance(cluster, namespace, 'billing', { shape: 'chart-deployment' })
    await createInstance(cluster, namespace, 'old', { shape: 'chart-dapr-ambient' })
    await installUnanswered(cluster)
    await waitUntil('the API server calls it', async () => {
      await deleted('Service', 'order-dapr')()
      return (await callsOf(cluster, PROTECT)) > 0
    })
    const daprd = { containers: [{ name: 'daprd', image: 'example.test/daprd', args: ['--app-id=own'] }] }
    const own = { 'shared.dapr.io/instance': 'true' }
    const service = (name: string, spec: object): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { ports: [{ port: 80 }], ...spec },
    })
    await createAll(cluster, namespace, [
      aDeployment(aTemplate(undefined, { labels, ...daprd }), { name: 'own', labels: own }),
      aDeployment(aTemplate(undefined, { labels: { ...labels, ...own }, ...daprd }), {
        name: 'own-template',
      }),
      aDeployment(aTemplate(undefined, { labels, ...daprd }), { name: 'unmarked' }),
      aDeployment(plain, { name: 'no-daprd', labels: own }),
      aDeployment(
        aTemplate(undefined, {
          labels,
          initContainers: [{ name: 'shared-init-container', image: 'x' }],
          ...daprd,
        }),
        { name: 'by-init' },
      ),
      service('selects', { selector: { app: 'a' } }),
      service('selects-nothing', {}),
    ])
    return () => removeConfigurations(cluster)
  })

  test.for([
    [1, 'DaemonSet', 'order-dapr-shared-chart'],
    [1, 'Deployment', 'billing-dapr-shared-chart'],
    [1, 'DaemonSet', 'old-dapr-ambient'],
    [1, 'Deployment', 'own'],
    [1, 'Deployment', 'own-template'],
    [1, 'Deployment', 'by-init'],
    [1, 'Service', 'selects'],
    [1, 'Service', 'order-dapr'],
    [0, 'Deployment', 'unmarked'],
    [0, 'Deployment', 'no-daprd'],
    [0, 'Service', 'selects-nothing'],
  ] as const)('is asked %i times before the %s %s is deleted', async ([count, kind, name]) => {
    expect(await callsFor(cluster, PROTECT, deleted(kind, name))).toBe(count)
  })

  test.for([
    [
      1,
      'Deployment',
      'own',
      'its template',
      { spec: { template: { metadata: { annotations: { a: 'b' } } } } },
    ],
    [1, 'Deployment', 'own', 'its mark', { metadata: { labels: { 'shared.dapr.io/instance': null } } }],
    [0, 'Deployment', 'own', 'its scale', { spec: { replicas: 3 } }],
    [0, 'Deployment', 'own', 'its annotations', { metadata: { annotations: { a: 'b' } } }],
    [
      0,
      'Deployment',
      'unmarked',
      'its mark',
      { metadata: { labels: { 'shared.dapr.io/instance': 'true' } } },
    ],
    [1, 'Service', 'selects', 'its selector', { spec: { selector: { app: 'b' } } }],
    [1, 'Service', 'selects', 'its ports', { spec: { ports: [{ port: 81 }] } }],
    [
      1,
      'Service',
      'selects',
      'its type',
      { spec: { type: 'ExternalName', externalName: 'example.test', clusterIP: null, clusterIPs: null } },
    ],
    [1, 'Service', 'selects', "the sidecar's mark", { metadata: { labels: { 'dapr.io/enabled': 'true' } } }],
    [
      0,
      'Service',
      'selects',
      'other metadata',
      { metadata: { labels: { a: 'b' }, annotations: { a: 'b' } } },
    ],
    [0, 'Service', 'selects-nothing', 'its ports', { spec: { ports: [{ port: 81 }] } }],
  ] as const)('is asked %i times before %s %s changes %s', async ([count, kind, name, , patch]) => {
    expect(await callsFor(cluster, PROTECT, () => mergePatch(cluster, at(kind, name), patch))).toBe(count)
  })

  test('is asked before a DaprSharedInstance is deleted or changed, but not about its status', async () => {
    const resource = `/apis/shared.dapr.io/v1alpha1/namespaces/${namespace}/daprsharedinstances`
    const endpoint = (host: string): object => ({
      httpEndpoint: `https://${host}:443`,
      grpcEndpoint: `https://${host}:443`,
    })
    const { status, body } = await cluster.request('POST', resource, {
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'DaprSharedInstance',
      metadata: { name: 'outside' },
      spec: { appId: 'outside', external: endpoint('dapr.example.com') },
    })
    expect(status, JSON.stringify(body)).toBe(201)
    const one = `${resource}/outside`
    const patched = (path: string, patch: object): Promise<number> =>
      callsFor(cluster, PROTECT, () => mergePatch(cluster, `${path}?dryRun=All`, patch))
    expect(await patched(one, { spec: { external: endpoint('other.example.com') } })).toBe(1)
    expect(await patched(one, { metadata: { labels: { a: 'b' } } })).toBe(0)
    expect(await patched(`${one}/status`, { status: { conditions: [] } })).toBe(0)
    expect(await callsFor(cluster, PROTECT, () => cluster.request('DELETE', `${one}?dryRun=All`))).toBe(1)
  })

  test.for([
    ['Service', '/api/v1'],
    ['Deployment', '/apis/apps/v1'],
  ])('is not asked when all %ss go at once', async ([kind = '', api]) => {
    const all = `${api}/namespaces/${namespace}/${kind.toLowerCase()}s?dryRun=All`
    expect(await callsFor(cluster, PROTECT, () => cluster.request('DELETE', all))).toBe(0)
  })

  test('is in no way of the end of a namespace', async () => {
    const ending = await createNamespace(cluster, `${namespace}-ending`)
    await createInstance(cluster, ending, 'order')
    const before = await callsOf(cluster, PROTECT)
    await cluster.request('DELETE', `/api/v1/namespaces/${ending}`)
    await waitUntil('the namespace is gone', async () => {
      const { status } = await cluster.request('GET', `/api/v1/namespaces/${ending}`)
      return status === 404
    })
    expect(await callsOf(cluster, PROTECT)).toBe(before)
  })

  test('is not asked when the garbage collector takes what lost its owner', async () => {
    const { body } = await create(cluster, namespace, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'owner' },
    })
    const { uid } = (body as { metadata: { uid: string } }).metadata
    const owned = { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }] }
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'owned', ...owned },
      spec: { selector: { app: 'a' }, ports: [{ port: 80 }] },
    }
    await createAll(cluster, namespace, [service])
    const before = await callsOf(cluster, PROTECT)
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/configmaps/owner`)
    await waitUntil('the Service is gone', async () => {
      const { status } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/services/owned`)
      return status === 404
    })
    expect(await callsOf(cluster, PROTECT)).toBe(before)
  })

  test('has no condition that failed', async () => {
    expect(await failedConditions(cluster)).toBe(0)
  })
})
