import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { SCHEMA_FOLDER } from '../../scripts/result-schemas.ts'
import { SUITE_SCHEMA, suiteSchemaText } from '../../scripts/suite-schema.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { POD, suiteOf, testOf } from './suite-text.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const text = readFileSync(join(SCHEMA_FOLDER, SUITE_SCHEMA), 'utf8')
const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
const fits = ajv.compile(JSON.parse(text) as object)
const problemsOf = (suite: string): unknown => {
  const [manifest] = parseManifests(suite, 'suite.yaml').manifests
  return fits(manifest?.object) ? [] : fits.errors
}

test('the JSON Schema is what the reader makes: else run npm run schemas', async () => {
  expect(text).toBe(await suiteSchemaText())
})

const suites = globSync('{test/cases,deploy/examples}/**/*.dapr-shared-test.yaml', { cwd: ROOT })

test('there are suites to hold it against', () => {
  expect(suites.length).toBeGreaterThan(30)
})

test.each(suites)('%s fits it', (file) => {
  expect(problemsOf(readFileSync(join(ROOT, file), 'utf8'))).toEqual([])
})

describe('an editor tells', () => {
  test.each([
    ['an unknown field', testOf('{alowed: true}')],
    ['a misspelt rule', testOf('{findings: [{rule: instance.mising}]}')],
    [
      'an odd number of ready replicas',
      testOf('{allowed: true}', { state: '{instances: [{appId: a, namespace: b, ready: 3}]}' }),
    ],
    ['a test without expect', `- name: a\n  request: {object: ${POD}}`],
    ['a suite without tests', '  []'],
    ['a flag that is text', testOf('{allowed: "yes"}')],
  ])('%s', (_, tests) => {
    expect(problemsOf(suiteOf(tests))).not.toEqual([])
  })

  test('nothing of a value that the matrix fills in', () => {
    const tests = `- name: a
  matrix: {open: [true, false], ready: [1/3]}
  state: {instances: [{appId: a, namespace: b, ready: "\${ready}", apiToken: "\${open}"}]}
  request: {object: ${POD}}
  expect: {allowed: "\${open}"}`
    expect(problemsOf(suiteOf(tests))).toEqual([])
  })
})
