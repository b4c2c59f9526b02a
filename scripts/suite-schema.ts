import { format, resolveConfig } from 'prettier'
import * as z from 'zod'
import { isObject, type JsonObject } from '../src/core/pod.ts'
import { suite } from '../src/suite/schema.ts'
import { SCHEMA_FOLDER } from './result-schemas.ts'

/** The JSON Schema of a suite, for editors: made of what suites are read with. */

export const SUITE_SCHEMA = 'suite.schema.json'

/** The text of deploy/schemas/suite.schema.json. */
export async function suiteSchemaText(): Promise<string> {
  const schema = z.toJSONSchema(suite, { target: 'draft-2020-12', io: 'input' }) as JsonObject
  const { properties } = schema
  const { tests, ...others } = isObject(properties) ? properties : {}
  const written = {
    $schema: schema['$schema'],
    $id: 'urn:dapr-shared:suite:v1alpha1',
    title: 'A suite of admission tests for dapr-shared test',
    ...schema,
    properties: { ...others, tests: withPlaceholders(tests) },
  }
  const config = await resolveConfig(SCHEMA_FOLDER)
  return format(JSON.stringify(written), { ...config, parser: 'json' })
}

const PLACEHOLDER = { type: 'string', pattern: '\\$\\{\\w+\\}', description: 'A value of the matrix.' }

/** In a test with a matrix, `${name}` may stand for whatever is no free text. */
function withPlaceholders(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withPlaceholders)
  if (!isObject(node)) return node
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withPlaceholders(value)]))
  if (!takesNoFreeText(node)) return inner
  const { description, ...own } = inner
  return { description, anyOf: [own, PLACEHOLDER] }
}

function takesNoFreeText({ type, enum: words, pattern }: JsonObject): boolean {
  if (type === 'boolean' || type === 'integer') return true
  return type === 'string' && (Array.isArray(words) || typeof pattern === 'string')
}
