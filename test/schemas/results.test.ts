import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { SCHEMA_FOLDER, schemaFiles } from '../../scripts/result-schemas.ts'
import { makeServerResult, type ServerItem } from '../../src/server-dry-run/result.ts'
import { isObject, type JsonObject } from '../../src/core/pod.ts'
import { instance, pod, run } from '../cli/run.ts'

/** What the commands print is what deploy/schemas promises. */

const read = (name: string): string => readFileSync(join(SCHEMA_FOLDER, name), 'utf8')

test('the files are what npm run schemas writes', async () => {
  for (const [name, text] of await schemaFiles()) expect(read(name), 'run npm run schemas').toBe(text)
})

const validators = new Map<string, ValidateFunction>()

beforeAll(() => {
  for (const name of readdirSync(SCHEMA_FOLDER)) {
    const schema = JSON.parse(read(name)) as JsonObject
    const isResult =
      isObject(schema['properties']) &&
      typeof schema['title'] === 'string' &&
      /Result$|List$|^Explanation$/.test(schema['title'])
    if (isResult) validators.set(schema['title'] as string, new Ajv2020({ allErrors: true }).compile(schema))
  }
})

/** The document that was printed, once its schema has nothing against it. */
function valid(text: string): JsonObject {
  const document = JSON.parse(text) as JsonObject
  const isValid = validators.get(String(document['kind']))
  if (isValid === undefined) throw new Error(`no schema for ${String(document['kind'])}`)
  expect(isValid(document), JSON.stringify(isValid.errors, undefined, 2)).toBe(true)
  return document
}

const policy = (rules: string, more = ''): string => `apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: prod}
spec: {${more}rules: {${rules}}}
`
const exception = `apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedException
metadata: {name: until-may, namespace: shop}
spec:
  reason: being moved
  expiresAt: "2099-01-01T00:00:00Z"
  policies: [{name: prod, rules: [strategy.not-allowed]}]
  subjects: {appIds: [order]}
`
const suite = `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: orders}
state: {files: [state/*.yaml]}
tests:
- {name: injects, request: {object: pod.yaml}, expect: {allowed: true}}
- {name: wrong, request: {object: pod.yaml}, expect: {allowed: false}}
`
const files = {
  'state/order.yaml': instance('order'),
  'state/policy.yaml': policy('strategies: {allowed: [Deployment]}', 'exceptions: {namespaceSelector: {}}, '),
  'state/exception.yaml': exception,
  'pod.yaml': pod('order'),
  'typo.yaml': pod('oder', { name: 'typo' }),
  'silent.yaml': pod('order').replace('dapr.io/shared', 'other/annotation'),
  'new/policy.yaml': policy('strategies: {allowed: [Deployment]}'),
  'bad.yaml': policy('identity: {}'),
  'orders.dapr-shared-test.yaml': suite,
  'broken.dapr-shared-test.yaml': suite.replace('kind: Suite', 'kind: Sweet'),
}

const pods = ['-f', 'pod.yaml', '-f', 'typo.yaml', '-f', 'silent.yaml', '--state', 'state']

test('of what is excused the exception is named', async () => {
  const { out } = await run(['review', '-f', 'pod.yaml', '--state', 'state', '-o', 'json'], { files })
  expect(valid(out)).toMatchObject({
    items: [
      {
        allowed: true,
        findings: expect.arrayContaining([
          expect.objectContaining({ exception: 'shop/until-may' }),
        ]) as unknown,
      },
    ],
  })
  const { out: sarif } = await run(['review', '-f', 'pod.yaml', '--state', 'state', '-o', 'sarif'], { files })
  expect(sarif).toContain('Excused by DaprSharedException shop/until-may.')
})

describe('what they print is valid:', () => {
  test.each([
    ['ReviewResult', ['review', ...pods]],
    ['LintResult', ['lint', 'bad.yaml', 'state/order.yaml']],
    ['InstanceList', ['instances', '--state', 'state']],
    ['TestResult', ['test', 'orders.dapr-shared-test.yaml', '--coverage']],
    ['TestResult', ['test', 'broken.dapr-shared-test.yaml']],
    ['WhatIfResult', ['what-if', '-p', 'new', ...pods]],
    ['Explanation', ['explain', 'pod.yaml', '--state', 'state']],
    ['Explanation', ['explain', 'typo.yaml', '--state', 'state']],
  ])('%s of %j', async (kind, args) => {
    const { out, err } = await run([...args, '-o', 'json'], { files })
    expect(out, err).not.toBe('')
    expect(valid(out)['kind']).toBe(kind)
    expect(valid(out)['items']).not.toEqual([])
  })

  test('ServerResult', () => {
    const source = { file: 'pod.yaml', document: 1, line: 2 }
    const item: ServerItem = {
      source,
      object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'app' },
      asks: true,
      outcome: 'refused',
      by: { kind: 'webhook', name: 'mutate.shared.dapr.io' },
      message: '[instance.missing] no instance.',
      warnings: [],
      webhook: 'ran',
      instance: '',
      offline: 'admitted',
      differences: [{ field: '', offline: 'admitted', cluster: 'refused' }],
      changes: [{ field: 'metadata.labels["a"]', change: 'added', before: '', after: 'b' }],
      notes: [],
    }
    valid(JSON.stringify(makeServerResult([item])))
  })
})

test('what a schema does not know it refuses', async () => {
  const { out } = await run(['review', ...pods, '-o', 'json'], { files })
  const more = { ...(JSON.parse(out) as JsonObject), surprise: true }
  expect(() => valid(JSON.stringify(more))).toThrow('additionalProperties')
})
