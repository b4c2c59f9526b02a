import { describe, expect, test } from 'vitest'
import type { Edit } from '../../src/core/edit.ts'
import { escapePointer, toJsonPatch } from '../../src/core/json-patch.ts'
import { aPod, podOf } from './builders.ts'

const annotate: Edit = { kind: 'annotate', key: 'dapr.io/shared-status', value: '{}' }
const label: Edit = { kind: 'label', key: 'shared.dapr.io/app-id', value: 'orders' }
const insert: Edit = {
  kind: 'insert-env',
  list: 'containers',
  index: 0,
  variables: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
}

test.each([
  ['a/b', 'a~1b'],
  ['a~b', 'a~0b'],
  ['~1', '~01'],
  ['/~/', '~1~0~1'],
  ['plain', 'plain'],
])('%s is written %s in a pointer', (token, escaped) => {
  expect(escapePointer(token)).toBe(escaped)
})

test('no edits are no operations', () => {
  expect(toJsonPatch(aPod(), [])).toEqual([])
})

describe('an absent parent comes with its members', () => {
  test.each([
    ['absent', {}],
    ['null', { annotations: null, labels: null }],
  ])('where maps are %s', (_, maps) => {
    const pod = podOf({ metadata: maps, spec: { containers: [{ name: 'app' }] } })
    expect(toJsonPatch(pod, [annotate, label])).toEqual([
      { op: 'add', path: '/metadata/labels', value: { 'shared.dapr.io/app-id': 'orders' } },
      { op: 'add', path: '/metadata/annotations', value: { 'dapr.io/shared-status': '{}' } },
    ])
  })

  test.each([
    ['absent', {}],
    ['null', { env: null }],
    ['empty', { env: [] }],
  ])('where a list is %s', (_, container) => {
    const pod = podOf({ metadata: {}, spec: { containers: [{ name: 'app', ...container }] } })
    expect(toJsonPatch(pod, [insert])).toEqual([
      { op: 'add', path: '/spec/containers/0/env', value: insert.kind === 'insert-env' && insert.variables },
    ])
  })
})

test('members go into maps that are there', () => {
  const pod = aPod({ annotations: {}, labels: {} })
  expect(toJsonPatch(pod, [annotate, label])).toEqual([
    { op: 'add', path: '/metadata/labels/shared.dapr.io~1app-id', value: 'orders' },
    { op: 'add', path: '/metadata/annotations/dapr.io~1shared-status', value: '{}' },
  ])
})

test('values are set first, entries taken out from the back, new ones put in front, so that each index still fits', () => {
  const pod = aPod({
    containers: [{ name: 'app', env: ['W', 'X', 'Y', 'Z'].map((name) => ({ name })) }],
  })
  const edits: Edit[] = [
    insert,
    { kind: 'remove-env', list: 'containers', index: 0, at: 1 },
    { kind: 'remove-env', list: 'containers', index: 0, at: 3 },
    { kind: 'fill-env', list: 'containers', index: 0, at: 2, variable: { name: 'Y', value: 'y' } },
    {
      kind: 'fill-env',
      list: 'containers',
      index: 0,
      at: 0,
      variable: { name: 'W', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    },
  ]
  expect(toJsonPatch(pod, edits)).toEqual([
    { op: 'add', path: '/spec/containers/0/env/2/value', value: 'y' },
    {
      op: 'add',
      path: '/spec/containers/0/env/0/valueFrom',
      value: { secretKeyRef: { name: 's', key: 'k' } },
    },
    { op: 'remove', path: '/spec/containers/0/env/3' },
    { op: 'remove', path: '/spec/containers/0/env/1' },
    { op: 'add', path: '/spec/containers/0/env/0', value: { name: 'A', value: '1' } },
    { op: 'add', path: '/spec/containers/0/env/1', value: { name: 'B', value: '2' } },
  ])
})
