import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { JsonObject } from '../../src/core/pod.ts'
import { VERSION } from '../../src/config/version.ts'
import { crdJsonSchemas } from '../../src/policy/crd-json-schemas.ts'
import { isResourceKind, KINDS } from '../../src/policy/kinds.ts'
import { VALID_RESOURCES } from './valid-resources.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'deploy/schemas')
const read = (file: string): string => readFileSync(file, 'utf8')

const ajv = addFormats.default(new Ajv({ allErrors: true }))
const validators = new Map(
  [...crdJsonSchemas().values()].map((schema) => [schema['title'], ajv.compile(schema)]),
)
const suiteSchema = addFormats
  .default(new Ajv2020({ allErrors: true, allowUnionTypes: true }))
  .compile(JSON.parse(read(join(FOLDER, 'suite.schema.json'))) as JsonObject)

const problemsOf = (isValid: ValidateFunction, object: unknown): string[] =>
  isValid(object)
    ? []
    : (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)

test('deploy/schemas has what the CRDs say', () => {
  for (const [name, schema] of crdJsonSchemas())
    expect(JSON.parse(read(join(FOLDER, name))), 'run npm run crds').toEqual(schema)
})

const FILES = globSync('deploy/examples/**/*.yaml', { cwd: ROOT }).toSorted()
const documents = FILES.flatMap((file) =>
  parseAllDocuments(read(join(ROOT, file))).map((document) => ({
    file,
    object: document.toJS() as JsonObject,
  })),
)

describe('every example', () => {
  test('of ours is valid', () => {
    const ours = documents.filter(({ object }) => isResourceKind(object?.['kind']))
    expect(ours.length).toBeGreaterThan(20)
    for (const { file, object } of ours) {
      const isValid = validators.get(object['kind'])
      expect(isValid && problemsOf(isValid, object), file).toEqual([])
    }
  })

  test('of a suite is valid', () => {
    const suites = documents.filter(({ object }) => object?.['kind'] === 'Suite')
    expect(suites.length).toBeGreaterThan(20)
    for (const { file, object } of suites) expect(problemsOf(suiteSchema, object), file).toEqual([])
  })

  test('tells editors the schema of its kind', () => {
    for (const file of FILES) {
      const kinds = new Set(
        documents.filter((one) => one.file === file).map(({ object }) => object?.['kind']),
      )
      const [kind] = kinds
      const named = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read(join(ROOT, file)))?.[1]
      const schema = kinds.size > 1 ? undefined : schemaOf(kind)
      expect(named && fileOf(named, file), file).toBe(schema && join(FOLDER, schema))
    }
  })

  /** deploy/examples/ci is copied to other repositories, from where no path leads to our schemas. */
  const fileOf = (named: string, file: string): string => {
    if (!file.startsWith('deploy/examples/ci/')) return resolve(ROOT, dirname(file), named)
    const address = `https://raw.githubusercontent.com/acme/dapr-shared-admission/v${VERSION}/`
    return named.startsWith(address) ? join(ROOT, named.slice(address.length)) : named
  }

  const schemaOf = (kind: unknown): string | undefined => {
    if (kind === 'Suite') return 'suite.schema.json'
    return isResourceKind(kind) ? `shared.dapr.io_${KINDS[kind].plural}.schema.json` : undefined
  }
})

/** An API server drops a field with nothing behind it; whoever writes one in an editor is told. */
const written = VALID_RESOURCES.filter(({ name }) => !name.includes('nothing behind them'))

test.each(written.map((one) => [one.name, one.object] as const))(
  'what an API server takes is valid: %s',
  (_, object) => {
    const isValid = validators.get(object['kind'])
    expect(isValid && problemsOf(isValid, object)).toEqual([])
  },
)

describe('what is wrong', () => {
  const policy = (spec: JsonObject, metadata: JsonObject = { name: 'a' }): JsonObject => ({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedPolicy',
    metadata,
    spec,
  })
  test.each([
    ['a misspelt field', policy({ rule: {} }), 'must NOT have additional properties'],
    ['one deep inside', policy({ rules: { instance: { minReady: 1 } } }), '/spec/rules/instance'],
    ['an unknown word', policy({ validationActions: ['Refuse'] }), '/spec/validationActions/0'],
    ['a namespace where there is none', policy({}, { name: 'a', namespace: 'b' }), '/metadata/namespace'],
    ['no name', policy({}, {}), "must have required property 'name'"],
    ['another version', { ...policy({}), apiVersion: 'shared.dapr.io/v1' }, '/apiVersion'],
  ])('%s is told', (_, object, problem) => {
    const isValid = validators.get('DaprSharedPolicy')
    if (isValid === undefined) throw new Error('no schema')
    expect(problemsOf(isValid, object)).toContainEqual(expect.stringContaining(problem))
  })

  test('what only CEL can say stands in the description', () => {
    expect(read(join(FOLDER, 'shared.dapr.io_daprsharedpolicies.schema.json'))).toContain(
      'The API server checks: ',
    )
  })
})
