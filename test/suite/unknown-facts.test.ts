import { describe, expect, test } from 'vitest'
import { readSuite } from '../../src/suite/read-suite.ts'
import { judged, testsOf } from './a-bench.ts'
import { suiteOf, testOf } from './suite-text.ts'

/** What a test of a pod that somebody made rests on, under one policy. */
async function unknownTo(expected: string, spec: string, more = '{add: []}'): Promise<readonly string[]> {
  const policy = `{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedPolicy, metadata: {name: p}, spec: ${spec}}`
  const owner = '{apiVersion: apps/v1, kind: ReplicaSet, name: web-5d9, uid: "1", controller: true}'
  const pod = `{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, annotations: {dapr.io/shared: orders}, ownerReferences: [${owner}]}, spec: {containers: [{name: app}]}}`
  const text = suiteOf(
    testOf(expected, { state: more.replace('add: [', `add: [${policy}, `), request: `{object: ${pod}}` }),
  )
  const [one] = testsOf(readSuite(text, '/a.dapr-shared-test.yaml'))
  if (one === undefined) throw new Error('wanted a test')
  const { differences, problems, unknown } = await judged(one)
  expect({ differences, problems }).toEqual({ differences: [], problems: [] })
  return unknown
}

const RBAC = '{rules: {identity: {bindings: [], unlisted: RBAC}}}'
const KINDS = '{rules: {workloads: {allowedKinds: [Deployment]}}}'
const MATCH = '{match: {workloadKinds: [Deployment]}, rules: {strategies: {allowed: [Deployment]}}}'

describe('a test proves nothing', () => {
  test.each([
    ['who may use it', RBAC, 'identity.not-bound of policy p', 'no cluster was asked'],
    [
      'who made the pod',
      KINDS,
      'workload.kind-not-allowed of policy p',
      'ReplicaSet "web-5d9" is not in the',
    ],
    ['whether the policy governs', MATCH, 'whether policy p governs', 'ReplicaSet "web-5d9" is not in the'],
  ])('where its refusal rests on it: %s', async (_, spec, what, why) => {
    const [told, ...more] = await unknownTo('{allowed: false}', spec)
    expect(told).toContain(what)
    expect(told).toContain(why)
    expect(told).toContain('Put what it needs into the state')
    expect(more).toEqual([])
  })

  test('where a finding that it expects rests on it, refused for another reason or not', async () => {
    const alone = '{allowed: true, findings: [{rule: identity.not-bound}]}'
    const warning = RBAC.replace('{rules', '{validationActions: [Warn], rules')
    expect(await unknownTo(alone, warning)).toHaveLength(1)
    const both = '{rules: {strategies: {allowed: [Deployment]}, identity: {bindings: [], unlisted: RBAC}}}'
    expect(await unknownTo('{allowed: false, findings: [{rule: identity.not-bound}]}', both)).toHaveLength(1)
  })

  test('where a warning that it counts rests on it', async () => {
    const warning = RBAC.replace('{rules', '{validationActions: [Warn], rules')
    expect(await unknownTo('{allowed: true, warnings: 1}', warning)).toHaveLength(1)
    expect(await unknownTo('{allowed: true}', warning)).toEqual([])
  })
})

const CONSUMER = `{apiVersion: v1, kind: Pod, metadata: {name: other, namespace: shop, labels: {shared.dapr.io/app-id: orders, shared.dapr.io/app-namespace: shop}, annotations: {dapr.io/shared: orders, dapr.io/shared-status: '{"instance":"shop/orders","strategy":"daemonset","containers":["app"]}'}}, spec: {containers: [{name: app}]}}`
const NO_STATUS = '{appId: orders, namespace: shop, apiToken: true}'

test.each([
  ['capacity.workloads', '{rules: {capacity: {maxWorkloads: 1}}}', `{add: [${CONSUMER}]}`],
  [
    'capacity.pods',
    '{rules: {capacity: {maxPodsPerReplica: 1}}}',
    `{instances: [${NO_STATUS}], add: [${CONSUMER}]}`,
  ],
])('what nobody knows of consumers proves nothing: %s', async (rule, spec, state) => {
  const [told] = await unknownTo(`{allowed: false, findings: [{rule: ${rule}}]}`, spec, state)
  expect(told).toContain(`${rule} of policy p: who uses the instance is unknown: `)
  const meant = `{allowed: false, findings: [{rule: ${rule}, message: is unknown}]}`
  expect(await unknownTo(meant, spec, state)).toEqual([])
})

describe('a test holds', () => {
  test('where it is refused anyway, and looks at nothing else', async () => {
    const both = '{rules: {strategies: {allowed: [Deployment]}, identity: {bindings: [], unlisted: RBAC}}}'
    expect(await unknownTo('{allowed: false, findings: [{rule: strategy.not-allowed}]}', both)).toEqual([])
  })

  test.each([
    ['identity.not-bound', RBAC],
    ['workload.kind-not-allowed', KINDS],
  ])('where it expects just this of a policy that insists: %s', async (rule, spec) => {
    for (const message of ['unknown', '/is unknown/']) {
      const expected = `{allowed: false, findings: [{rule: ${rule}, message: ${message}}]}`
      expect(await unknownTo(expected, spec)).toEqual([])
    }
    const other = `{allowed: false, findings: [{rule: ${rule}, message: /made|may/}]}`
    expect(await unknownTo(other, spec)).toHaveLength(1)
  })
})
