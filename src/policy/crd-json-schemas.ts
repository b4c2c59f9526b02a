import { isObject, type JsonObject } from '../core/pod.ts'
import { customResourceDefinitions, type CustomResourceDefinition } from './crd.ts'

/**
 * JSON Schemas of our kinds by file name, for editors and for validators of manifests. Made from the CRDs, but stricter:
 * a field that the API server would prune, or refuse under strict validation, is wrong. What the CRDs check by CEL cannot
 * be said in JSON Schema and stands in the descriptions.
 */
export function crdJsonSchemas(): ReadonlyMap<string, JsonObject> {
  return new Map(
    customResourceDefinitions().map((definition) => [
      `${definition.spec.group}_${definition.spec.names.plural}.schema.json`,
      schemaOf(definition),
    ]),
  )
}

function schemaOf({ spec: { group, names, scope, versions } }: CustomResourceDefinition): JsonObject {
  const [{ name: version, schema }] = versions
  const root = strict(schema.openAPIV3Schema)
  const own = isObject(root['properties']) ? root['properties'] : {}
  return {
    // the newest draft that the YAML language server reads in full
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: names.kind,
    ...root,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      ...own,
      apiVersion: { const: `${group}/${version}` },
      kind: { const: names.kind },
      metadata: metadataOf(scope),
    },
  }
}

/** Of metadata a CRD may say nothing; what the API server asks for is a name. */
function metadataOf(scope: CustomResourceDefinition['spec']['scope']): JsonObject {
  const name = { type: 'string', minLength: 1, maxLength: 253 }
  const namespace = { type: 'string', minLength: 1, maxLength: 63 }
  return {
    type: 'object',
    description: 'Standard metadata of the object.',
    required: ['name'],
    properties: { name, ...(scope === 'Namespaced' ? { namespace } : { namespace: false }) },
  }
}

/** `format` of numbers says what `minimum` and `maximum` say; JSON Schema does not know it. */
const LEFT_OUT = new Set(['nullable', 'properties', 'items', 'additionalProperties', 'description'])

function strict(node: JsonObject): JsonObject {
  const kept = Object.entries(node).filter(
    ([key, value]) => !LEFT_OUT.has(key) && !key.startsWith('x-') && !isNumberFormat(key, value),
  )
  const { properties, items, additionalProperties } = node
  return {
    ...describe(node),
    ...Object.fromEntries(kept),
    ...(node['nullable'] === true ? { type: [node['type'], 'null'] } : {}),
    ...(isObject(items) ? { items: strict(items) } : {}),
    ...(isObject(additionalProperties) ? { additionalProperties: strict(additionalProperties) } : {}),
    ...(isObject(properties) ? { properties: strictFields(properties), additionalProperties: false } : {}),
  }
}

function strictFields(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, isObject(field) ? strict(field) : field]),
  )
}

function isNumberFormat(key: string, value: unknown): boolean {
  return key === 'format' && (value === 'int32' || value === 'int64')
}

/** The sentence of the field, then those of the CEL rules that hold for it. */
function describe({ description, 'x-kubernetes-validations': rules }: JsonObject): JsonObject {
  const checked = Array.isArray(rules)
    ? rules.flatMap((rule: unknown) =>
        isObject(rule) && typeof rule['message'] === 'string'
          ? [`The API server checks: ${rule['message']}`]
          : [],
      )
    : []
  const sentences = [...(typeof description === 'string' ? [description] : []), ...checked]
  return sentences.length === 0 ? {} : { description: sentences.join('\n') }
}
