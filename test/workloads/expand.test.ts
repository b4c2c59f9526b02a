import { describe, expect, test } from 'vitest'
import { expandWorkload, makesPods, type ExpandedPod } from '../../src/workloads/expand.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

const template =
  '{metadata: {labels: {app: web}, annotations: {a: b}, name: ignored}, spec: {containers: [{name: app}], futureField: 1}}'

function expand(text: string): ExpandedPod {
  const [manifest] = parseManifests(text, 'f.yaml').manifests
  if (manifest === undefined) throw new Error('no manifest')
  return expandWorkload(manifest, 'shop')
}

describe('the pod of a workload', () => {
  test.each([
    ['apps/v1', 'Deployment', `{template: ${template}}`, ['spec', 'template']],
    ['apps/v1', 'StatefulSet', `{template: ${template}}`, ['spec', 'template']],
    ['apps/v1', 'DaemonSet', `{template: ${template}}`, ['spec', 'template']],
    ['apps/v1', 'ReplicaSet', `{template: ${template}}`, ['spec', 'template']],
    ['v1', 'ReplicationController', `{template: ${template}}`, ['spec', 'template']],
    ['batch/v1', 'Job', `{template: ${template}}`, ['spec', 'template']],
    [
      'batch/v1',
      'CronJob',
      `{jobTemplate: {spec: {template: ${template}}}}`,
      ['spec', 'jobTemplate', 'spec', 'template'],
    ],
    ['serving.knative.dev/v1', 'Service', `{template: ${template}}`, ['spec', 'template']],
  ])('%s %s is its template with a generated name', (apiVersion, kind, spec, path) => {
    const { pod, path: found } = expand(
      `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: web}, spec: ${spec}}`,
    )
    expect(found).toEqual(path)
    expect(pod).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        labels: { app: 'web' },
        annotations: { a: 'b' },
        name: 'ignored',
        generateName: 'web-',
        namespace: 'shop',
      },
      spec: { containers: [{ name: 'app' }], futureField: 1 },
    })
  })

  test('of a template without metadata has labels of nobody', () => {
    const { pod } = expand(
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {}}}}',
    )
    expect(pod).toMatchObject({ metadata: { generateName: 'web-', namespace: 'shop' }, spec: {} })
  })

  test.each(['{}', '{template: null}', '{template: []}', 'text'])(
    'of a workload with the spec %s has no spec',
    (spec) => {
      const { pod } = expand(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: ${spec}}`)
      expect(pod['spec']).toBeUndefined()
    },
  )
})

test('a pod is itself', () => {
  const { pod, path } = expand(
    '{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: app}]}}',
  )
  expect(path).toEqual([])
  expect(pod).toMatchObject({ metadata: { name: 'web' } })
})

describe('names that Knative gives', () => {
  const namesOf = (spec: string): unknown => {
    const { pod } = expand(
      `{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: web}, spec: {template: {spec: ${spec}}}}`,
    )
    const { containers, initContainers = [] } = pod['spec'] as {
      containers: { name: string }[]
      initContainers?: { name: string }[]
    }
    return [...containers, ...initContainers].map(({ name }) => name)
  }

  test.each([
    ['{containers: [{image: i}]}', ['user-container']],
    ['{containers: [{image: i, name: null}]}', ['user-container']],
    ['{containers: [{name: app}]}', ['app']],
    ['{containers: [{image: i}, {image: i}]}', ['user-container-0', 'user-container-1']],
    ['{containers: [{image: i}, {name: user-container-0}]}', ['user-container-1', 'user-container-0']],
    [
      '{containers: [{image: i}], initContainers: [{name: user-container}]}',
      ['user-container-0', 'user-container'],
    ],
    ['{containers: [{image: i}], initContainers: [{image: i}]}', ['user-container', 'init-container']],
  ])('%s: %j', (spec, names) => {
    expect(namesOf(spec)).toEqual(names)
  })

  test('are given in the pod, not in the file', () => {
    const [manifest] = parseManifests(
      '{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: web}, spec: {template: {spec: {containers: [{image: i}]}}}}',
      'f.yaml',
    ).manifests
    if (manifest === undefined) throw new Error('no manifest')
    expandWorkload(manifest, 'shop')
    expect(manifest.object['spec']).toEqual({ template: { spec: { containers: [{ image: 'i' }] } } })
  })

  test('are given by Knative only', () => {
    const { pod } = expand(
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{image: i}]}}}}',
    )
    expect(pod['spec']).toEqual({ containers: [{ image: 'i' }] })
  })
})

test.each([
  ['v1', 'Pod', true],
  ['apps/v1', 'Deployment', true],
  ['v1', 'Service', false],
  ['v2', 'Pod', false],
  ['apps/v1', 'Pod', false],
  ['v1', 'PodTemplate', false],
  ['argoproj.io/v1alpha1', 'Rollout', false],
  ['v1', 'constructor', false],
])('%s %s makes pods: %s', (apiVersion, kind, makes) => {
  expect(makesPods({ apiVersion, kind })).toBe(makes)
})
