import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { objectOr } from '../../src/core/cluster-facts.ts'
import type { JsonObject } from '../../src/core/pod.ts'
import { readDaprd } from '../../src/discovery/read-daprd.ts'
import { recognizeService } from '../../src/discovery/recognize-service.ts'
import { recognizeWorkload } from '../../src/discovery/recognize.ts'
import { keepConsumer, keepObject as keepInMemory } from '../../src/record/keep-object.ts'
import { keepPodSpec } from '../../src/record/keep-pod-spec.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

const CANARY = 'canary-51'

/** As a file has it: what is undefined is not there. */
const keepObject = (object: JsonObject): JsonObject =>
  JSON.parse(JSON.stringify(keepInMemory(object))) as JsonObject

const FIXTURES = [
  'chart-daemonset',
  'chart-deployment',
  'chart-0.0.10',
  'chart-dapr-ambient',
  'sidecar-application',
]

function objectsIn(file: string): JsonObject[] {
  const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8').replaceAll(
    /APP_ID|RELEASE/g,
    'order',
  )
  return parseManifests(text, file).manifests.map(({ object }) => object)
}

const OBJECTS = [
  ...FIXTURES.map((name) => `test/e2e/fixtures/${name}.yaml`),
  'deploy/examples/shop/instances.yaml',
  'test/corpus/clusters/odd-services.yaml',
  'test/corpus/clusters/odd-workloads.yaml',
].flatMap(objectsIn)

describe('what is kept of an instance', () => {
  test.each(OBJECTS.filter(({ kind }) => kind === 'DaemonSet' || kind === 'Deployment'))(
    'is all by which it is recognised: $kind $metadata.name',
    (object) => {
      const kind = object['kind'] === 'DaemonSet' ? 'DaemonSet' : 'Deployment'
      expect(recognizeWorkload(kind, keepObject(object))).toEqual(recognizeWorkload(kind, object))
    },
  )

  test.each(OBJECTS.filter(({ kind }) => kind === 'Service'))(
    'is all by which its Service is recognised: $metadata.name',
    (object) => {
      expect(recognizeService(keepObject(object))).toEqual(recognizeService(object))
    },
  )

  test('is its status, also one without counts, which says more than none', () => {
    const [daemonSet] = objectsIn('test/e2e/fixtures/chart-daemonset.yaml').filter(
      ({ kind }) => kind === 'DaemonSet',
    )
    for (const status of [
      undefined,
      {},
      { observedGeneration: 1 },
      { numberReady: 1, desiredNumberScheduled: 3 },
    ]) {
      const object = { ...daemonSet, status }
      expect(recognizeWorkload('DaemonSet', keepObject(object))).toEqual(
        recognizeWorkload('DaemonSet', object),
      )
    }
  })

  test('is all that is read of daprd, in whatever form its flags and variables are', () => {
    const flag = fc.tuple(
      fc.constantFrom('-', '--'),
      fc.constantFrom(
        'app-id',
        'dapr-http-port',
        'enable-mtls',
        'app-port',
        'app-channel-address',
        'config',
        'password',
      ),
      fc.constantFrom('', '=', '= ', '=x', '=3501', '=true', ' order', ' 3501'),
    )
    const args = fc
      .array(flag)
      .map((flags) => flags.flatMap(([dash, name, value]) => `${dash}${name}${value}`.split(' ')))
    const variable = fc.record({
      name: fc.constantFrom(
        'DAPR_API_TOKEN',
        'DAPR_CONTROLPLANE_NAMESPACE',
        'DAPR_SCHEDULER_HOST_ADDRESS',
        'OTHER',
      ),
      value: fc.constantFrom(undefined, '', 'a.b:1'),
      valueFrom: fc.constantFrom(undefined, {}, { secretKeyRef: { name: 'a', key: 'b', optional: true } }),
    })
    fc.assert(
      fc.property(args, fc.array(variable), (given, env) => {
        const container = {
          name: 'daprd',
          image: 'daprd:1.15.7',
          args: given,
          env,
          livenessProbe: { httpGet: { path: '/v1.0/healthz' } },
        }
        const [kept] = keepPodSpec({ containers: [container] })['containers'] as JsonObject[]
        expect(readDaprd(kept ?? {})).toEqual(readDaprd(container))
      }),
    )
  })
})

test('an address of daprd is kept without the user and password that somebody wrote before it', () => {
  const args = ['--app-channel-address=user:secret@web.apps', '--app-channel-address', 'web.apps']
  const { containers } = keepPodSpec({ containers: [{ name: 'daprd', args }] })
  expect(containers).toEqual([
    {
      name: 'daprd',
      args: ['--app-channel-address=redacted@web.apps', '--app-channel-address=web.apps'],
    },
  ])
})

/** An object with a secret wherever an object may have one. */
const everywhere = (kind: string, apiVersion: string): JsonObject => {
  const container = {
    name: 'app',
    command: [CANARY],
    args: [`--token=${CANARY}`],
    env: [
      { name: 'PASSWORD', value: CANARY },
      { name: 'DAPR_API_TOKEN', value: CANARY },
      { name: 'DAPR_HTTP_ENDPOINT', value: `http://user:${CANARY}@host:1` },
      { name: 'DAPR_GRPC_ENDPOINT', value: `https://host:1/${CANARY}?token=${CANARY}` },
      { name: 'DAPR_RUNTIME_HOST', value: `${CANARY}@x` },
    ],
    lifecycle: { preStop: { exec: { command: [CANARY] } } },
    livenessProbe: {
      httpGet: { path: `/${CANARY}`, httpHeaders: [{ name: 'Authorization', value: CANARY }] },
    },
    readinessProbe: { exec: { command: [CANARY] } },
  }
  const daprd = { ...container, name: 'daprd', env: container.env.slice(0, 2), livenessProbe: undefined }
  const init = { ...container, name: 'shared-init-container' }
  const metadata = {
    name: 'x',
    namespace: 'shop',
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': CANARY,
      'example.com/token': CANARY,
      [`example.com/${CANARY}`]: 'x',
      'dapr.io/env': `TOKEN=${CANARY}`,
      'dapr.io/shared-tokn': CANARY,
      'dapr.io/shared-token-secret': CANARY,
      'dapr.io/shared-status': `{"instance":"a/b","note":"${CANARY}"}`,
    },
    managedFields: [{ manager: CANARY }],
    finalizers: [CANARY],
  }
  const pod = {
    containers: [container, daprd],
    initContainers: [init],
    volumes: [{ name: CANARY }],
    imagePullSecrets: [{ name: CANARY }],
  }
  const template = { metadata, spec: pod }
  return {
    apiVersion,
    kind,
    metadata,
    data: { key: CANARY },
    stringData: { key: CANARY },
    spec: {
      ...pod,
      template,
      jobTemplate: { metadata, spec: { template } },
      externalName: CANARY,
      selector: { app: 'x' },
    },
    status: { phase: 'Running', message: CANARY, conditions: [{ message: CANARY }] },
  }
}

describe('a secret', () => {
  test.each([
    ['Pod', 'v1'],
    ['Deployment', 'apps/v1'],
    ['DaemonSet', 'apps/v1'],
    ['StatefulSet', 'apps/v1'],
    ['ReplicaSet', 'apps/v1'],
    ['ReplicationController', 'v1'],
    ['Job', 'batch/v1'],
    ['CronJob', 'batch/v1'],
    ['Service', 'serving.knative.dev/v1'],
    ['Service', 'v1'],
    ['Namespace', 'v1'],
    ['Rollout', 'argoproj.io/v1alpha1'],
    ['Secret', 'v1'],
    ['ConfigMap', 'v1'],
  ])('is not kept of a %s of %s', (kind, apiVersion) => {
    const kept = keepObject(everywhere(kind, apiVersion))
    expect(kept).toMatchObject({ kind, metadata: { name: 'x' } })
    expect(JSON.stringify(kept)).not.toContain(CANARY)
  })

  test('is not kept of a pod that only counts', () => {
    const kept = keepConsumer(everywhere('Pod', 'v1'))
    expect(JSON.stringify(kept)).not.toContain(CANARY)
    expect(kept).toMatchObject({ spec: { containers: [{ name: 'app' }] } })
  })
})

describe('what is kept of a container', () => {
  const envOf = (env: unknown): unknown =>
    objectOr((keepPodSpec({ containers: [{ name: 'app', env }] })['containers'] as unknown[])[0])['env']

  test('has every variable at its place, with its reference', () => {
    const env = [
      { name: 'A', value: 'secret' },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      { name: 'C', value: '' },
      { name: 'D', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    ]
    expect(envOf(env)).toEqual([
      { name: 'A', value: 'redacted' },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      { name: 'C' },
      { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ])
  })

  test.each([
    ['http://order-dapr.shop.svc.cluster.local:3500', 'http://order-dapr.shop.svc.cluster.local:3500'],
    ['https://host/', 'https://host/'],
    ['http://host:1/path?token=x', 'http://host:1/redacted'],
    ['http://user:pass@host:1', 'http://redacted.invalid'],
    ['http://token@host', 'http://redacted.invalid'],
    ['localhost:3500', 'redacted'],
  ])('of the endpoint %s is %s', (value, kept) => {
    expect(envOf([{ name: 'DAPR_HTTP_ENDPOINT', value }])).toEqual([
      { name: 'DAPR_HTTP_ENDPOINT', value: kept },
    ])
  })
})
