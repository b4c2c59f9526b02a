import { describe, expect, test } from 'vitest'
import { differences } from './compare.ts'
import { casesOf } from './read-case.ts'
import { runCase } from './run-case.ts'

/** What is wrong with an expectation of one pod, which is admitted with a warning and an audit finding. */
async function wrongWith(expectation: string, appId = 'orders'): Promise<string[]> {
  const [one] = casesOf(
    `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: compare}
state: {instances: [{appId: orders, namespace: shop, apiToken: true}]}
tests:
- name: a
  request:
    object:
      apiVersion: v1
      kind: Pod
      metadata: {name: web, namespace: shop, annotations: {dapr.io/shared: ${appId}, dapr.io/shared-typo: x}}
      spec: {containers: [{name: app, env: [{name: A, value: b}]}]}
  expect: ${expectation}`,
    'compare.yaml',
  )
  if (one === undefined) throw new Error('no test')
  return differences(one, await runCase(one))
}

describe('an expectation that holds', () => {
  test.each([
    '{allowed: true, matched: true, warnings: 1, idempotent: true}',
    '{findings: [{rule: annotation.unknown}]}',
    '{findings: [{rule: annotation.unknown, action: Warn, policy: built-in, message: shared-typo}]}',
    '{findings: [{message: /^no annotation .*Did you mean/}]}',
    '{findings: [{rule: annotation.unknown}, {rule: locality.not-local}], only: true}',
    '{env: {app: {A: b, DAPR_HTTP_ENDPOINT: "http://orders-dapr.shop.svc.cluster.local:3500", OTHER: null}}}',
  ])('%s differs in nothing', async (expectation) => {
    expect(await wrongWith(expectation)).toEqual([])
  })
})

describe('an expectation that does not hold', () => {
  test.each([
    ['{allowed: false}', 'allowed: wanted false, got true'],
    ['{matched: false}', 'matched: wanted false, got true'],
    ['{warnings: 0}', 'warnings: wanted 0, got 1'],
    ['{findings: [{rule: instance.missing}]}', 'findings: none is {"rule":"instance.missing"}'],
    ['{findings: [{rule: annotation.unknown, action: Deny}]}', 'findings: none is'],
    ['{findings: [{rule: annotation.unknown, policy: mine}]}', 'findings: none is'],
    ['{findings: [{message: no such words}]}', 'findings: none is'],
    ['{findings: [{message: /^Did you mean/}]}', 'findings: none is'],
    [
      '{findings: [{rule: annotation.unknown}], only: true}',
      'only: there is also Audit [locality.not-local]',
    ],
    ['{findings: [], only: true}', 'only: there is also Warn [annotation.unknown]'],
    ['{env: {app: {A: c}}}', 'env of app: A: wanted "c", got "b"'],
    ['{env: {app: {A: null}}}', 'env of app: A: wanted null, got "b"'],
    ['{env: {app: {B: x}}}', 'env of app: B: wanted "x", got null'],
    ['{env: {other: {}}}', 'env: no container other'],
    ['{patch: []}', 'patch: wanted []'],
    ['{idempotent: false}', 'idempotent: wanted false, got true'],
  ])('%s says %s', async (expectation, problem) => {
    expect(await wrongWith(expectation)).toContainEqual(expect.stringContaining(problem))
  })

  test('of a pod that is refused, env is missing altogether', async () => {
    expect(await wrongWith('{allowed: true, env: {app: {}}}', 'nothing')).toEqual([
      expect.stringMatching(
        /^allowed: wanted true, got false: Warn \[annotation.unknown\].*Deny \[instance.missing\]/,
      ),
      expect.stringContaining('env: no container app'),
    ])
  })
})
