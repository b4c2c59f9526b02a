import { beforeAll, describe, expect, test } from 'vitest'
import type { ApiResponse } from '../cluster/api-request.ts'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { applyInstall, removeConfigurations, renderInstall } from './support/installation.ts'
import { createInstance } from './support/instances.ts'
import { sumOf } from './support/metrics.ts'
import {
  create,
  createAll,
  createNamespace,
  mergePatch,
  pathOfAll,
  type KubeObject,
} from './support/objects.ts'
import { aTemplate } from './support/pods.ts'

// Nobody listens: what is asked of webhooks that nothing depends on shows in the API server's own count of calls.

const namespace = 'e2e-conditions'
const WORKLOADS = 'workloads.shared.dapr.io'
const PROTECT = 'protect.shared.dapr.io'
const APP_ID_LABEL = 'shared.dapr.io/app-id'
const NAMESPACE_LABEL = 'shared.dapr.io/app-namespace'
const SHARED = 'dapr.io/shared'

const labels = { app: 'a' }
const asking = aTemplate('order', { labels })
const plain = aTemplate(undefined, { labels })

function aWorkload(
  kind: string,
  template: object = plain,
  metadata: object = {},
  spec: object = {},
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'a', ...metadata },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  }
}

const job = (
  template: { metadata: object; spec: object },
  metadata: object = {},
  spec: object = {},
): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'a', ...metadata },
  spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } }, ...spec },
})

const cronJob = (template: { metadata: object; spec: object }, metadata: object = {}): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'a', ...metadata },
  spec: { schedule: '* * * * *', jobTemplate: { spec: job(template)['spec'] } },
})

const knative = (rest: object): KubeObject => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'a' },
  ...rest,
})

const stateful = { serviceName: 'a' }
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: '1', controller: true }
const controlled = { ownerReferences: [owner] }
const annotated = { annotations: { [SHARED]: 'order' } }
const selecting = (key: string): object => ({
  selector: { matchLabels: labels, matchExpressions: [{ key, operator: 'DoesNotExist' }] },
})

const labelled = (key: string): ReturnType<typeof aTemplate> =>
  aTemplate(undefined, { labels: { ...labels, [key]: 'order' } })

const ASKED: readonly (readonly [what: string, object: KubeObject])[] = [
  ['a Deployment whose template asks', aWorkload('Deployment', asking)],
  ['a StatefulSet whose template asks', aWorkload('StatefulSet', asking, {}, stateful)],
  ['a DaemonSet whose template asks', aWorkload('DaemonSet', asking)],
  ['a ReplicaSet whose template asks', aWorkload('ReplicaSet', asking)],
  ['a Job whose template asks', job(asking)],
  ['a CronJob whose template asks', cronJob(asking)],
  ['a Knative Service whose template asks', knative({ spec: { template: asking } })],
  [
    'a template with a misspelt annotation',
    aWorkload('Deployment', aTemplate(undefined, { labels, annotations: { 'dapr.io/shared-strat': 'x' } })),
  ],
  ['an annotation in the wrong place', aWorkload('Deployment', plain, annotated)],
  ['an annotation in the wrong place of a CronJob', cronJob(plain, annotated)],
  [
    'an annotation in the wrong place of a Knative Service',
    knative({ metadata: { name: 'a', ...annotated }, spec: { template: 7 } }),
  ],
  ['a template with our label', aWorkload('Deployment', labelled(APP_ID_LABEL))],
  ['a template with our other label', aWorkload('Deployment', labelled(NAMESPACE_LABEL))],
  ["a CronJob's template with our label", cronJob(labelled(NAMESPACE_LABEL))],
  [
    'a selector of our label',
    aWorkload(
      'Deployment',
      labelled(APP_ID_LABEL),
      {},
      { selector: { matchLabels: { [APP_ID_LABEL]: 'order' } } },
    ),
  ],
  ['a selector of the absence of our label', aWorkload('ReplicaSet', plain, {}, selecting(APP_ID_LABEL))],
  [
    'a selector of the absence of our other label',
    aWorkload('Deployment', plain, {}, selecting(NAMESPACE_LABEL)),
  ],
  [
    'a Job of which somebody else is owner, but no controller',
    job(asking, { ownerReferences: [{ ...owner, controller: false }] }),
  ],
]

const NOT_ASKED: readonly (readonly [what: string, object: KubeObject])[] = [
  ...['Deployment', 'DaemonSet', 'ReplicaSet'].map((kind) => [`a plain ${kind}`, aWorkload(kind)] as const),
  ['a plain StatefulSet', aWorkload('StatefulSet', plain, {}, stateful)],
  ['a plain Job', job(plain)],
  ['a plain CronJob', cronJob(plain)],
  ['a selector of other labels', aWorkload('Deployment', plain, {}, selecting('tier'))],
  ["a Deployment's ReplicaSet", aWorkload('ReplicaSet', asking, controlled)],
  ["a CronJob's Job", job(asking, controlled)],
  [
    'a sidecar application',
    aWorkload('Deployment', aTemplate(undefined, { labels, annotations: { 'dapr.io/enabled': 'true' } })),
  ],
  ['a plain Knative Service', knative({ spec: { template: plain } })],
  ['a Knative Service without spec', knative({})],
  ...[null, 7, 'x', true, [], ['x'], {}].flatMap((odd) =>
    [
      { spec: odd },
      { spec: { template: odd } },
      { spec: { template: { metadata: odd } } },
      { spec: { template: { metadata: { annotations: odd, labels: odd } } } },
      { spec: { selector: odd } },
      { spec: { selector: { matchLabels: odd, matchExpressions: odd } } },
      { spec: { selector: { matchExpressions: [odd, { key: odd }] } } },
      { spec: { jobTemplate: odd } },
      { spec: { jobTemplate: { spec: { template: odd, selector: odd } } } },
    ].map((rest) => [`a Knative Service with ${JSON.stringify(rest)}`, knative(rest)] as const),
  ),
]

const KNATIVE_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'services.serving.knative.dev' },
  spec: {
    group: 'serving.knative.dev',
    names: { kind: 'Service', plural: 'services' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        // as Knative's was for years: whatever is written stays
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

describeOnCluster('the webhooks on which nothing depends', (cluster) => {
  beforeAll(async () => {
    await cluster.request('POST', CRDS, KNATIVE_CRD)
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await createInstance(cluster, namespace, 'billing', { shape: 'chart-deployment' })
    await createInstance(cluster, namespace, 'old', { shape: 'chart-dapr-ambient' })
    const rendered = await renderInstall(cluster, ['--protect'])
    // port 9 is nobody's
    await applyInstall(cluster, rendered, 9)
    await waitUntil('the API server calls them', async () => {
      await create(cluster, namespace, aWorkload('Deployment', asking), { dryRun: true })
      const service = `${pathOfAll({ apiVersion: 'v1', kind: 'Service' }, namespace)}/order-dapr?dryRun=All`
      await cluster.request('DELETE', service)
      return (await calls(cluster, WORKLOADS)) > 0 && (await calls(cluster, PROTECT)) > 0
    })
    await waitUntil('Knative Services can be created', async () => {
      const { status } = await create(cluster, namespace, knative({}), { dryRun: true })
      return status === 201
    })
    return async () => {
      await removeConfigurations(cluster)
      await cluster.request('DELETE', `${CRDS}/${KNATIVE_CRD.metadata.name}`)
    }
  })

  /** How often a webhook was called for what is done. */
  async function callsFor(webhook: string, act: () => Promise<ApiResponse>): Promise<number> {
    const before = await calls(cluster, webhook)
    const { status, body } = await act()
    expect(status, JSON.stringify(body)).toBeLessThan(300)
    return (await calls(cluster, webhook)) - before
  }
  const dryRun = (object: KubeObject) => (): Promise<ApiResponse> =>
    create(cluster, namespace, object, { dryRun: true })

  describe('workloads.shared.dapr.io', () => {
    test.for(ASKED)('is asked about %s', async ([, object]) => {
      expect(await callsFor(WORKLOADS, dryRun(object))).toBe(1)
    })

    test.for(NOT_ASKED)('is not asked about %s', async ([, object]) => {
      expect(await callsFor(WORKLOADS, dryRun(object))).toBe(0)
    })

    describe('at an update', () => {
      const path = `${pathOfAll({ apiVersion: 'apps/v1', kind: 'Deployment' }, namespace)}/updated?dryRun=All`
      const patched = (patch: object) => (): Promise<ApiResponse> => mergePatch(cluster, path, patch)
      beforeAll(async () => {
        await createAll(cluster, namespace, [aWorkload('Deployment', asking, { name: 'updated' })])
      })

      test.for([
        [1, 'of the template', { spec: { template: { metadata: { annotations: { a: 'b' } } } } }],
        [1, 'of the annotation in the wrong place', { metadata: { annotations: { [SHARED]: 'x' } } }],
        [0, 'that scales', { spec: { replicas: 3 } }],
        [0, 'of other metadata', { metadata: { annotations: { a: 'b' }, labels: { a: 'b' } } }],
        [0, 'that takes the annotation away', { spec: { template: { metadata: { annotations: null } } } }],
      ] as const)('is asked %i times %s', async ([count, , patch]) => {
        expect(await callsFor(WORKLOADS, patched(patch))).toBe(count)
      })

      test('is not asked about its status and scale', async () => {
        const [bare = ''] = path.split('?')
        const scale = { spec: { replicas: 2 } }
        expect(await callsFor(WORKLOADS, () => mergePatch(cluster, `${bare}/scale?dryRun=All`, scale))).toBe(
          0,
        )
        const status = { status: { observedGeneration: 1 } }
        expect(
          await callsFor(WORKLOADS, () => mergePatch(cluster, `${bare}/status?dryRun=All`, status)),
        ).toBe(0)
      })
    })
  })

  describe('protect.shared.dapr.io', () => {
    const at = (kind: string, name: string): string => {
      const apiVersion = kind === 'Service' ? 'v1' : 'apps/v1'
      return `${pathOfAll({ apiVersion, kind }, namespace)}/${name}?dryRun=All`
    }
    const deleted = (kind: string, name: string) => (): Promise<ApiResponse> =>
      cluster.request('DELETE', at(kind, name))

    beforeAll(async () => {
      const daprd = { containers: [{ name: 'daprd', image: 'example.test/daprd', args: ['--app-id=own'] }] }
      const own = { 'shared.dapr.io/instance': 'true' }
      const service = (name: string, spec: object): KubeObject => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { ports: [{ port: 80 }], ...spec },
      })
      const paused = { paused: true }
      await createAll(cluster, namespace, [
        aWorkload(
          'Deployment',
          aTemplate(undefined, { labels, ...daprd }),
          { name: 'own', labels: own },
          paused,
        ),
        aWorkload(
          'Deployment',
          aTemplate(undefined, { labels: { ...labels, ...own }, ...daprd }),
          { name: 'own-template' },
          paused,
        ),
        aWorkload('Deployment', aTemplate(undefined, { labels, ...daprd }), { name: 'unmarked' }, paused),
        aWorkload('Deployment', plain, { name: 'no-daprd', labels: own }, paused),
        aWorkload(
          'Deployment',
          aTemplate(undefined, {
            labels,
            initContainers: [{ name: 'shared-init-container', image: 'x' }],
            ...daprd,
          }),
          { name: 'by-init' },
          paused,
        ),
        service('selects', { selector: { app: 'a' } }),
        service('selects-nothing', {}),
      ])
    })

    test.for([
      [1, 'DaemonSet', 'order-dapr-shared-chart'],
      [1, 'Deployment', 'billing-dapr-shared-chart'],
      [1, 'Deployment', 'own'],
      [1, 'Deployment', 'own-template'],
      [1, 'Deployment', 'by-init'],
      [1, 'Service', 'selects'],
      [1, 'Service', 'order-dapr'],
      [0, 'Deployment', 'unmarked'],
      [0, 'Deployment', 'no-daprd'],
      [0, 'Service', 'selects-nothing'],
    ] as const)('is asked %i times before the %s %s is deleted', async ([count, kind, name]) => {
      expect(await callsFor(PROTECT, deleted(kind, name))).toBe(count)
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
      [
        1,
        'Service',
        'selects',
        "the sidecar's mark",
        { metadata: { labels: { 'dapr.io/enabled': 'true' } } },
      ],
      [
        0,
        'Service',
        'selects',
        'other metadata',
        { metadata: { labels: { a: 'b' }, annotations: { a: 'b' } } },
      ],
      [0, 'Service', 'selects-nothing', 'its ports', { spec: { ports: [{ port: 81 }] } }],
    ] as const)('is asked %i times before %s %s changes %s', async ([count, kind, name, , patch]) => {
      expect(await callsFor(PROTECT, () => mergePatch(cluster, at(kind, name), patch))).toBe(count)
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
        callsFor(PROTECT, () => mergePatch(cluster, `${path}?dryRun=All`, patch))
      expect(await patched(one, { spec: { external: endpoint('other.example.com') } })).toBe(1)
      expect(await patched(one, { metadata: { labels: { a: 'b' } } })).toBe(0)
      expect(await patched(`${one}/status`, { status: { conditions: [] } })).toBe(0)
      expect(await callsFor(PROTECT, () => cluster.request('DELETE', `${one}?dryRun=All`))).toBe(1)
    })

    test.for([
      ['Service', '/api/v1'],
      ['Deployment', '/apis/apps/v1'],
    ])('is not asked when all %ss go at once', async ([kind = '', api]) => {
      const all = `${api}/namespaces/${namespace}/${kind.toLowerCase()}s?dryRun=All`
      expect(await callsFor(PROTECT, () => cluster.request('DELETE', all))).toBe(0)
    })

    test('is in no way of the end of a namespace', async () => {
      const ending = await createNamespace(cluster, `${namespace}-ending`)
      await createInstance(cluster, ending, 'order')
      const before = await calls(cluster, PROTECT)
      await cluster.request('DELETE', `/api/v1/namespaces/${ending}`)
      await waitUntil('the namespace is gone', async () => {
        const { status } = await cluster.request('GET', `/api/v1/namespaces/${ending}`)
        return status === 404
      })
      expect(await calls(cluster, PROTECT)).toBe(before)
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
      const before = await calls(cluster, PROTECT)
      await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/configmaps/owner`)
      await waitUntil('the Service is gone', async () => {
        const { status } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/services/owned`)
        return status === 404
      })
      expect(await calls(cluster, PROTECT)).toBe(before)
    })
  })

  test('no condition has failed', async () => {
    const { body } = await cluster.request('GET', '/metrics')
    expect(sumOf(String(body), 'apiserver_admission_match_condition_evaluation_errors_total')).toBe(0)
  })
})

async function calls({ request }: TestCluster, name: string): Promise<number> {
  const { body } = await request('GET', '/metrics')
  return sumOf(String(body), 'apiserver_admission_webhook_request_total', { name })
}
