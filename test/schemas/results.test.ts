import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { SCHEMA_FOLDER, schemaFiles } from '../../scripts/result-schemas.ts'
import { ANSWERS } from '../../src/policy/kinds.ts'
import { isObject, type JsonObject } from '../../src/core/pod.ts'
import { instance, pod, run } from '../cli/run.ts'
import { CountingServer } from '../kube/counting-server.ts'
import { kubeConfigFor } from '../kube/write-kube-config.ts'

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
      /Result$|List$|^Explanation$|^RulePage$/.test(schema['title'])
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

  test.each([
    ['RulePage', ['explain', 'instance.missing']],
    ['RulePage', ['explain', 'schema']],
    ['RulePageList', ['explain', 'rules']],
    ['BenchResult', ['bench', '-f', 'pod.yaml', '--state', 'state', '--seconds', '0.01']],
  ])('%s of %j', async (kind, args) => {
    const { out, err } = await run([...args, '-o', 'json'], { files })
    expect(out, err).not.toBe('')
    expect(valid(out)['kind']).toBe(kind)
  })

  test('ServerResult', async () => {
    // an API server that lets all pods in, with a label more
    await using api = await CountingServer.http((request, response) => {
      void textOf(request).then((body) => {
        const isPost = request.method === 'POST'
        const sent = isPost ? (JSON.parse(body) as { metadata: object }) : { metadata: {} }
        const labels = { labels: { team: 'a' } }
        const list = { kind: 'List', metadata: { resourceVersion: '1' }, items: [] }
        response
          .writeHead(isPost ? 201 : 200, {
            'content-type': 'application/json',
            warning: '299 - "be careful"',
          })
          .end(JSON.stringify(isPost ? { ...sent, metadata: { ...sent.metadata, ...labels } } : list))
      })
    })
    const config = JSON.stringify(kubeConfigFor(api.url))
    const args = ['server', '-f', 'pod.yaml', '--no-compare', '--kubeconfig', 'config', '-o', 'json']
    const { out, err } = await run(args, { files: { ...files, config } })
    expect(out, err).not.toBe('')
    expect(valid(out)).toMatchObject({
      kind: 'ServerResult',
      items: [{ outcome: 'admitted', webhook: 'missing', changes: [{}], warnings: ['be careful'] }],
    })
  })
})

test('what a schema does not know it refuses', async () => {
  const { out } = await run(['review', ...pods, '-o', 'json'], { files })
  const more = { ...(JSON.parse(out) as JsonObject), surprise: true }
  expect(() => valid(JSON.stringify(more))).toThrow('additionalProperties')
})

test('whatever they print may be kept in a folder of manifests', async () => {
  for (const kind of validators.keys()) {
    expect(ANSWERS.has(kind), `${kind} is missing in ANSWERS of src/policy/kinds.ts`).toBe(true)
    const kept = { apiVersion: 'shared.dapr.io/v1alpha1', kind }
    const all = { ...files, 'state/kept.json': JSON.stringify(kept) }
    const { code, err } = await run(['review', '-f', 'pod.yaml', '--state', 'state'], { files: all })
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(`${kind} (1)`) as unknown })
  }
})
