import { describe, expect, test } from 'vitest'
import { isPodProblem, placedContainers, readPod } from '../../src/core/pod.ts'
import { podOf } from './builders.ts'

const spec = { containers: [{ name: 'app' }] }

test('a pod is the very object that came, with everything in it', () => {
  const object = { metadata: {}, spec: { ...spec, futureField: [1] }, status: { phase: 'Pending' } }
  expect(readPod(object)).toBe(object)
})

describe('absent and null lists and maps are fine', () => {
  test.each([
    [{ metadata: {}, spec }],
    [{ metadata: { annotations: null, labels: null }, spec }],
    [{ metadata: {}, spec: { ...spec, initContainers: null } }],
    [{ metadata: {}, spec: { containers: [{ name: 'app', env: null, envFrom: null }] } }],
    [{ metadata: {}, spec: { containers: [{ name: 'app', env: [{ name: 'A', value: null }] }] } }],
  ])('%j', (object) => {
    expect(isPodProblem(podOf(object))).toBe(false)
  })
})

describe('what no API server sends is named', () => {
  test.each([
    [undefined, '', 'an object'],
    [[], '', 'an object'],
    [{ spec }, 'metadata', 'an object'],
    [{ metadata: {} }, 'spec', 'an object'],
    [{ metadata: { annotations: [] }, spec }, 'metadata.annotations', 'an object of strings'],
    [
      { metadata: { annotations: { 'dapr.io/shared': true } }, spec },
      'metadata.annotations["dapr.io/shared"]',
      'a string',
    ],
    [{ metadata: { labels: { a: 1 } }, spec }, 'metadata.labels["a"]', 'a string'],
    [{ metadata: {}, spec: {} }, 'spec.containers', 'a list of containers'],
    [{ metadata: {}, spec: { containers: [] } }, 'spec.containers', 'at least one container'],
    [{ metadata: {}, spec: { containers: [null] } }, 'spec.containers[0]', 'an object'],
    [{ metadata: {}, spec: { containers: [{}] } }, 'spec.containers[0].name', 'a string'],
    [{ metadata: {}, spec: { ...spec, initContainers: {} } }, 'spec.initContainers', 'a list of containers'],
    [
      { metadata: {}, spec: { ...spec, initContainers: [{ name: 7 }] } },
      'spec.initContainers[0].name',
      'a string',
    ],
    [{ metadata: {}, spec: { containers: [{ name: 'a', env: {} }] } }, 'spec.containers[0].env', 'a list'],
    [
      { metadata: {}, spec: { containers: [{ name: 'a', env: ['A=b'] }] } },
      'spec.containers[0].env[0]',
      'an object',
    ],
    [
      { metadata: {}, spec: { containers: [{ name: 'a', env: [{}] }] } },
      'spec.containers[0].env[0].name',
      'a string',
    ],
    [
      { metadata: {}, spec: { containers: [{ name: 'a', env: [{ name: 'A', value: 1 }] }] } },
      'spec.containers[0].env[0].value',
      'a string (quote it)',
    ],
    [
      { metadata: {}, spec: { containers: [{ name: 'a', envFrom: {} }] } },
      'spec.containers[0].envFrom',
      'a list',
    ],
  ])('%j', (object, field, wanted) => {
    expect(readPod(object)).toEqual({ kind: 'problem', field, wanted })
  })
})

test('containers stand before init containers', () => {
  const pod = podOf({
    metadata: {},
    spec: { initContainers: [{ name: 'i' }], containers: [{ name: 'a' }, { name: 'b' }] },
  })
  expect(
    placedContainers(pod).map(({ list, index, container }) => `${list}[${index}] ${container.name}`),
  ).toEqual(['containers[0] a', 'containers[1] b', 'initContainers[0] i'])
})
