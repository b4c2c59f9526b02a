import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSuite } from '../../src/suite/read-suite.ts'
import { judged, outcomeOf, testsOf } from './a-bench.ts'
import { PLAIN, POD, suiteOf, testOf } from './suite-text.ts'

const FILE = join(import.meta.dirname, '../cases/made-up.yaml')

const oneTest = (request: string) => {
  const [one] = testsOf(readSuite(suiteOf(testOf('{warnings: 0}', { request })), FILE))
  if (one === undefined) throw new Error('no test')
  return one
}
const reviewed = async (request: string) => (await outcomeOf(oneTest(request))).reviewed.item
const template = (metadata: string): string =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {metadata: ${metadata}, spec: {containers: [{name: app}]}}}}`

describe('a request', () => {
  test('of a pod is decided in its own namespace, or in that of the request', async () => {
    expect((await reviewed(`{object: ${POD}}`)).object.namespace).toBe('shop')
    expect((await reviewed(`{object: ${POD}, namespace: shop}`)).object.namespace).toBe('shop')
    const bare = POD.replace('namespace: shop, ', '')
    expect((await reviewed(`{object: ${bare}, namespace: shop}`)).allowed).toBe(true)
    expect((await reviewed(`{object: ${bare}}`)).object.namespace).toBe('default')
  })

  test('of a workload is decided for its pod, and a finding keeps the path of the template', async () => {
    const item = await reviewed(
      `{object: ${template('{annotations: {dapr.io/shared: nobody}}')}, namespace: shop}`,
    )
    expect(item.findings).toMatchObject([
      {
        rule: 'instance.missing',
        field: 'spec.template.metadata.annotations["dapr.io/shared"]',
        source: { line: 8 },
      },
    ])
  })

  test('of an UPDATE shows what was and what shall be', async () => {
    const item = await reviewed(`{operation: UPDATE, oldObject: ${PLAIN}, object: ${POD}}`)
    expect(item).toMatchObject({ allowed: false, findings: [{ rule: 'annotation.changed' }] })
    expect(await reviewed(`{operation: UPDATE, oldObject: ${POD}, object: ${POD}}`)).toMatchObject({
      allowed: true,
      matched: true,
    })
  })

  test('of an UPDATE of a workload is decided as the webhook for templates does', async () => {
    const [old, now] = [template('{}'), template('{annotations: {dapr.io/shared: nobody}}')]
    const item = await reviewed(`{operation: UPDATE, oldObject: ${old}, object: ${now}, namespace: shop}`)
    expect(item).toMatchObject({
      allowed: true,
      object: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      findings: [{ rule: 'instance.missing', action: 'Warn' }],
    })
  })

  test('of a DELETE is always allowed', async () => {
    expect(await reviewed(`{operation: DELETE, oldObject: ${POD}}`)).toMatchObject({
      allowed: true,
      matched: true,
    })
    expect(await reviewed(`{operation: DELETE, object: ${POD}}`)).toMatchObject({
      allowed: true,
      matched: true,
    })
  })

  test('may be a recorded AdmissionReview', async () => {
    const review = `{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {uid: a, operation: CREATE, namespace: shop, kind: {group: "", version: v1, kind: Pod}, resource: {group: "", version: v1, resource: pods}, object: ${POD}}}`
    expect(await reviewed(`{review: ${review}}`)).toMatchObject({ allowed: true, matched: true })
  })
})

describe('a request that cannot be sent', () => {
  test.each([
    ['a missing file', '{object: pods/none.yaml}', 'no such file: .*pods/none.yaml'],
    [
      'a file of several objects',
      '{object: state/chart-daemonset.yaml}',
      'has several objects.*file of its own',
    ],
    [
      'a kind that makes no pods',
      '{object: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}}',
      'v1 ConfigMap is neither a pod nor makes pods',
    ],
    [
      'a review as object',
      '{object: {apiVersion: admission.k8s.io/v1, kind: AdmissionReview}}',
      'is given as "review"',
    ],
    ['a pod as review', `{review: ${POD}}`, 'wanted an AdmissionReview'],
    [
      'a review that no API server sends',
      '{review: {apiVersion: admission.k8s.io/v1, kind: AdmissionReview}}',
      'an AdmissionReview without request',
    ],
    [
      'a pod that becomes something else',
      `{operation: UPDATE, object: ${template('{}')}, oldObject: ${POD}}`,
      'Pod cannot become apps Deployment',
    ],
    [
      'a pod that the API server refuses',
      '{object: {apiVersion: v1, kind: Pod, metadata: {name: a, annotations: 3}, spec: {}}}',
      'metadata.annotations: wanted',
    ],
  ])('%s is told', async (_, request, message) => {
    const { problems, outcome } = await judged(oneTest(request))
    expect(outcome).toBeUndefined()
    expect(problems).toEqual([
      {
        source: expect.anything() as unknown,
        message: expect.stringMatching(message) as string,
        fails: false,
      },
    ])
  })
})
