import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { isObject, type JsonObject } from '../../src/core/pod.ts'
import { RULE_IDS } from '../../src/core/rules.ts'
import { customResourceDefinitions } from '../../src/policy/crd.ts'
import { CRD_FOLDER, crdFiles } from '../../src/policy/crd-files.ts'
import { ruleId } from '../../src/policy/schema/names.ts'

const folder = resolve(import.meta.dirname, '../..', CRD_FOLDER)

interface Node {
  readonly path: string
  readonly schema: JsonObject
}

/** Every property, entry and map value of a schema. */
function nodesOf(schema: JsonObject, path: string): Node[] {
  const { properties, items, additionalProperties } = schema
  const inner: [string, unknown][] = [
    ...Object.entries(isObject(properties) ? properties : {}),
    ['[]', items],
    ['{}', additionalProperties],
  ]
  return [
    { path, schema },
    ...inner.flatMap(([name, value]) => (isObject(value) ? nodesOf(value, `${path}.${name}`) : [])),
  ]
}

const nodes = customResourceDefinitions()
  .flatMap(({ spec }) => nodesOf(spec.versions[0].schema.openAPIV3Schema, spec.names.kind))
  // the API server explains metadata itself, and allows no CRD to
  .filter(({ path }) => !path.endsWith('.metadata'))

const pathsWhere = (wrong: (schema: JsonObject) => boolean): string[] =>
  nodes.filter(({ schema }) => wrong(schema)).map(({ path }) => path)

describe('deploy/crd', () => {
  test('holds what the schemas say', () => {
    const written = new Map(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const),
    )
    const cure = 'the schemas have changed: run npm run crds'
    expect([...written.keys()].toSorted(), cure).toEqual([...crdFiles().keys()].toSorted())
    for (const [name, text] of crdFiles()) expect(written.get(name), `${name}: ${cure}`).toBe(text)
  })

  test('is read by kubectl as it was meant: in its YAML, a bare Off is a boolean', () => {
    const read = [...crdFiles().values()].map((text) => parse(text, { version: '1.1' }) as unknown)
    expect(read).toEqual(customResourceDefinitions())
  })
})

describe('every field of the CRDs', () => {
  test('is there', () => {
    expect(nodes.length).toBeGreaterThan(150)
  })

  test('has a sentence for kubectl explain', () => {
    expect(
      pathsWhere(({ description }) => typeof description !== 'string' || !/^[A-Z].*[.]$/s.test(description)),
    ).toEqual([])
  })

  test('has a bound, if it is a list, a map, a text or a number', () => {
    expect(
      pathsWhere(
        ({ type, ...schema }) =>
          (type === 'array' && schema['maxItems'] === undefined) ||
          (type === 'object' &&
            schema['additionalProperties'] !== undefined &&
            schema['maxProperties'] === undefined) ||
          (type === 'string' && schema['enum'] === undefined && schema['maxLength'] === undefined) ||
          (type === 'integer' && schema['maximum'] === undefined),
      ).filter((path) => !/\.(apiVersion|kind)$/.test(path) || path.split('.').length > 2),
    ).toEqual([])
  })

  test('says how its entries are merged, if it is a list', () => {
    expect(
      pathsWhere(({ type, ...schema }) => type === 'array' && schema['x-kubernetes-list-type'] === undefined),
    ).toEqual([])
  })

  test('has words in CamelCase, schemes aside', () => {
    const words = nodes.flatMap(({ path, schema }) =>
      path.includes('allowedSchemes') || !Array.isArray(schema['enum']) ? [] : (schema['enum'] as string[]),
    )
    expect(words.filter((word) => !/^[A-Z][A-Za-z]+$/.test(word))).toEqual([])
  })

  test('has a pattern that Go reads as JavaScript does: no look-around, no back-references', () => {
    const patterns = nodes.flatMap(({ schema }) =>
      typeof schema['pattern'] === 'string' ? [schema['pattern']] : [],
    )
    expect(patterns.length).toBeGreaterThan(10)
    expect(patterns.filter((pattern) => /\(\?|\\[1-9kbB]/.test(pattern))).toEqual([])
  })
})

test('every rule of the catalogue may be named in an override', () => {
  expect(RULE_IDS.filter((id) => !ruleId('').safeParse(id).success)).toEqual([])
})
