import { describe, expect, test } from 'vitest'
import { patchProblem } from '../../src/core/check-patch.ts'
import type { PatchOperation } from '../../src/core/json-patch.ts'
import type { Pod } from '../../src/core/pod.ts'
import { aPod, podOf } from './builders.ts'

const add = (path: string, value: unknown = 'x'): PatchOperation => ({ op: 'add', path, value })
const remove = (path: string): PatchOperation => ({ op: 'remove', path })

const bare = podOf({ metadata: {}, spec: { containers: [{ name: 'app' }] } })
const full = aPod({
  annotations: {},
  labels: {},
  containers: [
    { name: 'app', env: [{ name: 'A' }, { name: 'B' }] },
    { name: 'worker', env: [] },
  ],
  initContainers: [{ name: 'init', env: [{ name: 'A' }] }],
})

describe('a patch that applies and touches only what is ours is fine', () => {
  test.each<[string, Pod, PatchOperation[]]>([
    ['nothing', full, []],
    ['maps that were absent', bare, [add('/metadata/labels', {}), add('/metadata/annotations', {})]],
    ['a list that was absent', bare, [add('/spec/containers/0/env', [])]],
    ['a list that was empty', full, [add('/spec/containers/1/env', [])]],
    ['a first entry of an empty list', full, [add('/spec/containers/1/env/0', {})]],
    ['an entry at the end', full, [add('/spec/containers/0/env/2', {})]],
    [
      'an entry at the end, twice',
      full,
      [add('/spec/containers/0/env/2', {}), add('/spec/containers/0/env/3', {})],
    ],
    ['a value', full, [add('/spec/containers/0/env/1/value')]],
    ['a reference', full, [add('/spec/initContainers/0/env/0/valueFrom', {})]],
    ['an entry less', full, [remove('/spec/containers/0/env/1'), remove('/spec/containers/0/env/0')]],
    [
      'our own marks',
      full,
      [add('/metadata/labels/shared.dapr.io~1app-id'), add('/metadata/annotations/dapr.io~1enabled')],
    ],
  ])('%s', (_, pod, operations) => {
    expect(patchProblem(pod, operations)).toBeUndefined()
  })
})

describe('a patch that would not apply, or touches what is not ours, is named', () => {
  test.each<[string, Pod, PatchOperation[], string]>([
    ['an image', full, [add('/spec/containers/0/image')], 'add /spec/containers/0/image: not ours to touch'],
    ['a container', full, [add('/spec/containers/0')], 'not ours to touch'],
    ['the whole pod', full, [add('')], 'not ours to touch'],
    ['envFrom', full, [add('/spec/containers/0/envFrom')], 'not ours to touch'],
    ['a name', full, [add('/spec/containers/0/env/0/name')], 'not ours to touch'],
    [
      'inside a reference',
      full,
      [add('/spec/containers/0/env/0/valueFrom/secretKeyRef')],
      'not ours to touch',
    ],
    ['an ephemeral container', full, [add('/spec/ephemeralContainers/0/env')], 'not ours to touch'],
    ["somebody else's label", full, [add('/metadata/labels/app')], 'not ours to touch'],
    ["somebody else's annotation", full, [add('/metadata/annotations/example.org~1x')], 'not ours to touch'],
    ['a finalizer', full, [add('/metadata/finalizers/-')], 'not ours to touch'],
    [
      'a label under an absent map',
      bare,
      [add('/metadata/labels/shared.dapr.io~1app-id')],
      'its map is absent',
    ],
    ['a map that is there', full, [add('/metadata/labels', {})], 'would replace the whole map'],
    ['a label taken away', full, [remove('/metadata/labels/shared.dapr.io~1app-id')], 'a mark is only added'],
    ['a list that is there', full, [add('/spec/containers/0/env', [])], 'would replace the whole list'],
    ['a whole list taken away', full, [remove('/spec/containers/0/env')], 'would replace the whole list'],
    ['an entry of an absent list', bare, [add('/spec/containers/0/env/0', {})], 'its list is absent'],
    ['an entry beyond the end', full, [add('/spec/containers/0/env/3', {})], 'no such entry'],
    ['an entry that is not there to remove', full, [remove('/spec/containers/0/env/2')], 'no such entry'],
    ['a value beyond the end', full, [add('/spec/containers/0/env/2/value')], 'no such entry'],
    [
      'a value of a removed entry',
      full,
      [remove('/spec/containers/0/env/1'), add('/spec/containers/0/env/1/value')],
      'no such entry',
    ],
    ['a container that is not there', full, [add('/spec/containers/2/env', [])], 'no such container'],
    [
      'an init container that is not there',
      bare,
      [add('/spec/initContainers/0/env', [])],
      'no such container',
    ],
  ])('%s', (_, pod, operations, problem) => {
    expect(patchProblem(pod, operations)).toContain(problem)
  })
})
