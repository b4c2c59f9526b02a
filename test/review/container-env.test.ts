import { describe, expect, test } from 'vitest'
import type { EnvVar } from '../../src/core/pod.ts'
import { containerEnv } from '../../src/review/container-env.ts'

const envOf = (...env: EnvVar[]): Record<string, string> =>
  containerEnv({ metadata: {}, spec: { containers: [{ name: 'app', env }] } })['app'] ?? {}

describe('a value by reference is written by what it refers to', () => {
  test.each([
    [{ secretKeyRef: { name: 's', key: 'k', optional: true } }, 'secretKeyRef:s/k'],
    [{ configMapKeyRef: { key: 'k', name: 'c' } }, 'configMapKeyRef:c/k'],
    [{ fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['a']" } }, "fieldRef:metadata.labels['a']"],
    [
      { resourceFieldRef: { containerName: 'app', resource: 'limits.cpu', divisor: '1' } },
      'resourceFieldRef:limits.cpu',
    ],
    [{ secretKeyRef: null, fieldRef: { fieldPath: 'metadata.name' } }, 'fieldRef:metadata.name'],
    [{ secretKeyRef: { key: 'k' } }, 'secretKeyRef:/k'],
    [{ fileKeyRef: { path: 'p', key: 'k' } }, 'fileKeyRef:'],
  ])('%j', (valueFrom, shown) => {
    expect(envOf({ name: 'A', valueFrom })).toEqual({ A: shown })
  })
})

describe('a value', () => {
  test.each<[string, EnvVar[], Record<string, string>]>([
    ['is as it is written', [{ name: 'A', value: ' $(B) ' }], { A: ' $(B) ' }],
    ['that is absent is empty', [{ name: 'A' }], { A: '' }],
    ['that is null is empty', [{ name: 'A', value: null, valueFrom: null }], { A: '' }],
    [
      'that stands twice is the last',
      [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
        { name: 'A', value: '3' },
      ],
      { A: '3', B: '2' },
    ],
    [
      'is the last one, of whatever form',
      [
        { name: 'A', valueFrom: { fieldRef: { fieldPath: 'f' } } },
        { name: 'A', value: '3' },
      ],
      { A: '3' },
    ],
  ])('%s', (_, env, shown) => {
    expect(envOf(...env)).toEqual(shown)
  })

  test('called __proto__ is a value like any other', () => {
    expect(JSON.stringify(envOf({ name: '__proto__', value: 'x' }))).toBe('{"__proto__":"x"}')
  })
})

test('every container is listed, init containers and those without variables too', () => {
  const pod = {
    metadata: {},
    spec: {
      containers: [{ name: 'app' }, { name: 'worker', env: null }],
      initContainers: [{ name: 'init', env: [{ name: 'A', value: 'b' }] }],
    },
  }
  expect(containerEnv(pod)).toEqual({ app: {}, worker: {}, init: { A: 'b' } })
})
