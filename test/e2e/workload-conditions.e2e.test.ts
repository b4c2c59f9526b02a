import { beforeAll, describe, expect, test } from 'vitest'
import type { ApiResponse } from '../cluster/api-request.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { removeConfigurations } from './support/installation.ts'
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
import { DEFINITIONS, KNATIVE_DEFINITION } from './support/definitions.ts'

const namespace = 'e2e-workload-conditions'
const WORKLOADS = 'workloads.shared.dapr.io'
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

describeOnCluster('workloads.shared.dapr.io', (cluster) => {
  const dryRun = (object: KubeObject) => (): Promise<ApiResponse> =>
    create(cluster, namespace, object, { dryRun: true })

  beforeAll(async () => {
    await cluster.request('POST', DEFINITIONS, KNATIVE_DEFINITION)
    await createNamespace(cluster, namespace)
    await installUnanswered(cluster)
    await waitUntil('the API server calls it', async () => {
      await dryRun(aWorkload('Deployment', asking))()
      return (await callsOf(cluster, WORKLOADS)) > 0
    })
    await waitUntil(
      'Knative Services can be created',
      async () => (await dryRun(knative({}))()).status === 201,
    )
    return async () => {
      await removeConfigurations(cluster)
      await cluster.request('DELETE', `${DEFINITIONS}/${KNATIVE_DEFINITION.metadata.name}`)
    }
  })

  test.for(ASKED)('is asked about %s', async ([, object]) => {
    expect(await callsFor(cluster, WORKLOADS, dryRun(object))).toBe(1)
  })

  test.for(NOT_ASKED)('is not asked about %s', async ([, object]) => {
    expect(await callsFor(cluster, WORKLOADS, dryRun(object))).toBe(0)
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
      expect(await callsFor(cluster, WORKLOADS, patched(patch))).toBe(count)
    })

    test('is not asked about its status and scale', async () => {
      const [bare = ''] = path.split('?')
      const scale = { spec: { replicas: 2 } }
      expect(
        await callsFor(cluster, WORKLOADS, () => mergePatch(cluster, `${bare}/scale?dryRun=All`, scale)),
      ).toBe(0)
      const status = { status: { observedGeneration: 1 } }
      expect(
        await callsFor(cluster, WORKLOADS, () => mergePatch(cluster, `${bare}/status?dryRun=All`, status)),
      ).toBe(0)
    })
  })

  test('has no condition that failed', async () => {
    expect(await failedConditions(cluster)).toBe(0)
  })
})
