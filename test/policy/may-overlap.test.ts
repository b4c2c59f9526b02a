import { expect, test } from 'vitest'
import { mayOverlap } from '../../src/policy/may-overlap.ts'

const env = (value: string) => ({ namespaceSelector: { matchLabels: { env: value } } })
const envIn = (...values: string[]) => ({
  namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'In' as const, values }] },
})

test.each([
  [undefined, undefined, true],
  [{}, env('prod'), true],
  [env('prod'), env('test'), false],
  [env('prod'), { objectSelector: { matchLabels: { env: 'test' } } }, true],
  [envIn('prod', 'stage'), env('stage'), true],
  [envIn('prod', 'stage'), env('test'), false],
  [
    env('prod'),
    { namespaceSelector: { ...env('test').namespaceSelector, ...envIn('prod').namespaceSelector } },
    false,
  ],
  [{ workloadKinds: ['Job'] }, { workloadKinds: ['Deployment', 'Job'] }, true],
  [{ workloadKinds: ['Job'] }, { workloadKinds: ['Deployment'] }, false],
  [{ serviceAccounts: ['a'] }, { serviceAccounts: ['b'] }, false],
  [{ appIds: ['order'] }, { appIds: ['cart', 'or*'] }, true],
  [{ appIds: ['order-*'] }, { appIds: ['order*'] }, true],
  [{ appIds: ['order'] }, { appIds: ['cart'] }, false],
  [{ appIds: ['*'] }, { appIds: ['cart'] }, true],
])('whether %j and %j may govern one pod: %s', (a, b, may) => {
  expect(mayOverlap(a, b)).toBe(may)
  expect(mayOverlap(b, a)).toBe(may)
})
