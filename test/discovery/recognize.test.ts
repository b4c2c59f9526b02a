import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WorkloadFacts } from '../../src/core/cluster-facts.ts'
import { recognizeNamespace, recognizeWorkload } from '../../src/discovery/recognize.ts'

interface Parts {
  readonly labels?: object
  readonly templateLabels?: object
  readonly annotations?: object
  readonly initContainers?: unknown
  readonly containers?: unknown
  readonly metadata?: object
  readonly status?: unknown
}

const daprd = { name: 'daprd', args: ['--app-id=orders'] }
const OURS = { 'shared.dapr.io/instance': 'true' }

/** A workload without any mark, unless it is given one. */
function aManifest(parts: Parts = {}): unknown {
  const {
    labels,
    templateLabels,
    annotations,
    initContainers,
    containers = [daprd],
    metadata,
    status,
  } = parts
  return {
    metadata: { name: 'release-chart', namespace: 'shop', labels, ...metadata },
    spec: {
      template: {
        metadata: { labels: templateLabels, annotations },
        spec: { initContainers, containers },
      },
    },
    status,
  }
}

function instanceOf(parts: Parts, kind: 'DaemonSet' | 'Deployment' = 'DaemonSet'): WorkloadFacts | undefined {
  const recognized = recognizeWorkload(kind, aManifest(parts))
  return recognized !== undefined && 'instance' in recognized ? recognized.instance : undefined
}

describe('a mark makes an instance', () => {
  const marks = [
    ['the name label of the chart', { 'app.kubernetes.io/name': 'dapr-shared-chart' }],
    ['that of the chart before 0.0.4', { 'app.kubernetes.io/name': 'dapr-ambient-chart' }],
    ['that of the first chart', { 'app.kubernetes.io/name': 'dapr-ambient' }],
    ['the chart label of a source install', { 'helm.sh/chart': 'dapr-shared-chart-1.16.0' }],
    ['that of a published version', { 'helm.sh/chart': 'dapr-shared-chart-0.0.11' }],
    ['that of the first chart', { 'helm.sh/chart': 'dapr-ambient-0.0.1' }],
    ['that of the second chart', { 'helm.sh/chart': 'dapr-ambient-chart-0.0.3' }],
    ['our own label', OURS],
  ] as const

  test.each(marks)('%s on the workload', (_, labels) => {
    expect(instanceOf({ labels })?.appId).toBe('orders')
  })

  test.each(marks)('%s on the template', (_, templateLabels) => {
    expect(instanceOf({ templateLabels })?.appId).toBe('orders')
  })

  test.each(['shared-init-container', 'ambient-init-container'])('the init container %s', (name) => {
    expect(instanceOf({ initContainers: [{ name: 'other' }, { name }] })?.appId).toBe('orders')
  })
})

describe('what is not marked is no instance', () => {
  test.each<[string, Parts]>([
    ['nothing', {}],
    ['a Dapr label', { templateLabels: { 'dapr.io/app-id': 'orders' } }],
    [
      'another chart',
      { labels: { 'helm.sh/chart': 'orders-dapr-shared-1.0.0', 'app.kubernetes.io/name': 'orders' } },
    ],
    ['our label with another value', { labels: { 'shared.dapr.io/instance': 'yes' } }],
    ['our label as a boolean', { labels: { 'shared.dapr.io/instance': true } }],
    ['an init container of a similar name', { initContainers: [{ name: 'my-shared-init-container' }] }],
    ['a name', { metadata: { name: 'dapr-shared-chart' } }],
  ])('%s', (_, parts) => {
    expect(recognizeWorkload('DaemonSet', aManifest(parts))).toBeUndefined()
  })
})

describe('what is marked and no instance all the same', () => {
  test.each(['true', 'True', 'yes', '1', 'on', 't', 'Y'])(
    'a template that asks for a sidecar: %s',
    (enabled) => {
      const annotations = { 'dapr.io/enabled': enabled }
      expect(recognizeWorkload('DaemonSet', aManifest({ labels: OURS, annotations }))).toBeUndefined()
    },
  )

  test.each(['false', 'no', '', '0'])('but not one that asks for none: %j', (enabled) => {
    expect(instanceOf({ labels: OURS, annotations: { 'dapr.io/enabled': enabled } })).toBeDefined()
  })

  test.each<[string, unknown]>([
    ['no containers', undefined],
    ['no daprd', [{ name: 'dapr', args: ['--app-id=orders'] }]],
    ['daprd as an init container only', []],
  ])('a workload with %s', (_, containers) => {
    const parts = { labels: OURS, containers, initContainers: [daprd] }
    expect(
      recognizeWorkload('DaemonSet', aManifest({ ...parts, containers: containers ?? null })),
    ).toBeUndefined()
  })

  test.each<[string, unknown[], string]>([
    [
      'without an app-id',
      [{ name: 'daprd', args: ['--mode=kubernetes'] }],
      'has a container "daprd" without --app-id',
    ],
    ['without arguments', [{ name: 'daprd' }], 'has a container "daprd" without --app-id'],
    [
      'with an app-id that ends the arguments',
      [{ name: 'daprd', args: ['--app-id'] }],
      'has --app-id="", which is not an app-id',
    ],
    ['with two app-ids', [{ name: 'daprd', args: ['--app-id=a', '--app-id=b'] }], 'several --app-id'],
    ['with two daprd', [daprd, daprd], 'several containers "daprd"'],
    ['with an upper-case app-id', [{ name: 'daprd', args: ['--app-id=Orders'] }], '--app-id="Orders"'],
    ['with a variable', [{ name: 'daprd', args: ['--app-id=$(APP)'] }], '--app-id="$(APP)"'],
    [
      'with 59 characters',
      [{ name: 'daprd', args: [`--app-id=${'a'.repeat(59)}`] }],
      'which is not an app-id',
    ],
    [
      'with a line break',
      [{ name: 'daprd', args: ['--app-id=or\nders'] }],
      String.raw`--app-id="or\u{a}ders"`,
    ],
  ])('one %s, with the reason', (_, containers, reason) => {
    expect(recognizeWorkload('DaemonSet', aManifest({ labels: OURS, containers }))).toEqual({
      unusable: {
        kind: 'DaemonSet',
        namespace: 'shop',
        name: 'release-chart',
        reason: expect.stringContaining(reason) as string,
      },
    })
  })
})

describe('of an instance is kept', () => {
  test('kind, namespace, name and app-id', () => {
    expect(instanceOf({ labels: OURS }, 'Deployment')).toMatchObject({
      kind: 'Deployment',
      namespace: 'shop',
      name: 'release-chart',
      appId: 'orders',
      createdAt: '',
      deleting: false,
    })
  })

  test('when it was made, and whether it goes', () => {
    const metadata = { creationTimestamp: '2026-01-01T00:00:00Z', deletionTimestamp: '2026-01-02T00:00:00Z' }
    expect(instanceOf({ labels: OURS, metadata })).toMatchObject({
      createdAt: '2026-01-01T00:00:00Z',
      deleting: true,
    })
  })

  test("the template's labels, by which a Service finds it, and not the workload's", () => {
    expect(
      instanceOf({ labels: { ...OURS, on: 'workload' }, templateLabels: { app: 'orders', odd: 7 } })
        ?.podLabels,
    ).toEqual({
      app: 'orders',
    })
  })

  test('the names of the ports of all its containers', () => {
    const containers = [
      { ...daprd, ports: [{ name: 'http', containerPort: 3500 }, { containerPort: 9090 }] },
      {
        name: 'other',
        ports: [
          { name: 'admin', containerPort: 15_000 },
          { name: 'odd', containerPort: '80' },
        ],
      },
    ]
    expect([...(instanceOf({ labels: OURS, containers })?.namedPorts ?? [])]).toEqual([
      ['http', 3500],
      ['admin', 15_000],
    ])
  })

  test("the ConfigMap to which the chart copies the issuer's key", () => {
    const initContainers = [
      { name: 'shared-init-container', args: ['init', '--config-map=orders-shared-cm'] },
    ]
    expect(instanceOf({ initContainers })?.issuerKeyConfigMap).toBe('orders-shared-cm')
    expect(
      instanceOf({ initContainers: [{ name: 'shared-init-container' }] })?.issuerKeyConfigMap,
    ).toBeUndefined()
  })

  test('no other container stands in for daprd', () => {
    expect(
      instanceOf({ labels: OURS, containers: [{ name: 'log', args: ['--app-id=log'] }, daprd] })?.appId,
    ).toBe('orders')
  })
})

describe('readiness', () => {
  test.each([
    ['DaemonSet', { numberReady: 2, desiredNumberScheduled: 3 }, { known: true, ready: 2, wanted: 3 }],
    ['DaemonSet', { desiredNumberScheduled: 3 }, { known: true, ready: 0, wanted: 3 }],
    ['Deployment', { readyReplicas: 1, replicas: 2 }, { known: true, ready: 1, wanted: 2 }],
    ['Deployment', { replicas: 2, observedGeneration: 1 }, { known: true, ready: 0, wanted: 2 }],
    ['Deployment', {}, { known: false }],
    ['Deployment', undefined, { known: false }],
    ['DaemonSet', null, { known: false }],
  ] as const)('of a %s with the status %j is %j', (kind, status, readiness) => {
    expect(instanceOf({ labels: OURS, status }, kind)?.readiness).toEqual(readiness)
  })
})

test('nothing that an API server or a file may hold makes recognition fail', () => {
  const path = fc.constantFrom('metadata', 'spec', 'status')
  fc.assert(
    fc.property(fc.dictionary(path, fc.jsonValue()), fc.jsonValue(), (object, odd) => {
      recognizeWorkload('Deployment', object)
      recognizeWorkload('DaemonSet', odd)
      recognizeWorkload(
        'DaemonSet',
        aManifest({ labels: OURS, containers: odd, initContainers: odd, status: odd }),
      )
      recognizeWorkload(
        'DaemonSet',
        aManifest({ labels: OURS, containers: [{ name: 'daprd', args: odd, env: odd, ports: odd }] }),
      )
      recognizeNamespace(odd)
    }),
    { numRuns: 500 },
  )
})

test.each([
  [
    { metadata: { name: 'shop', labels: { env: 'prod', odd: 1 } } },
    { name: 'shop', labels: { env: 'prod' } },
  ],
  [{ metadata: { name: 'shop' } }, { name: 'shop', labels: {} }],
  [{ metadata: {} }, undefined],
  [null, undefined],
])('of the namespace %j is kept %j', (object, kept) => {
  expect(recognizeNamespace(object)).toEqual(kept)
})
