import { expect, test } from 'vitest'
import { fieldIn, fieldPath } from '../../src/review/field-path.ts'

test.each([
  ['', []],
  ['spec', ['spec']],
  ['spec.containers[0].env', ['spec', 'containers', 0, 'env']],
  ['spec.initContainers[12]', ['spec', 'initContainers', 12]],
  ['metadata.annotations["dapr.io/shared"]', ['metadata', 'annotations', 'dapr.io/shared']],
  ['metadata.labels["a.b/c[0]"]', ['metadata', 'labels', 'a.b/c[0]']],
])('the field %j has the steps %j', (field, steps) => {
  expect(fieldPath(field)).toEqual(steps)
})

test.each([
  [[], 'spec.dnsPolicy', 'spec.dnsPolicy'],
  [['spec', 'template'], 'metadata.labels', 'spec.template.metadata.labels'],
  [['spec', 'template'], '', 'spec.template'],
  [[], '', ''],
])('below %j the field %j is %j', (path, field, whole) => {
  expect(fieldIn(path, field)).toBe(whole)
})
