import * as z from 'zod'
import { isObject, type JsonObject } from '../core/pod.ts'

/** A schema as a CRD may hold it (Kubernetes docs, "Specifying a structural schema"). */
export type StructuralSchema = JsonObject

/** Written in this order, so that the YAML reads from the sentence to the fields. */
const KEPT = [
  'description',
  'type',
  'nullable',
  'format',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-validations',
]

/**
 * What is left out: unknown fields are pruned or refused by the API server itself and not by `additionalProperties:
 * false`, which a structural schema may not hold.
 */
const LEFT_OUT = ['$schema', 'additionalProperties', 'properties', 'items', 'propertyNames', 'const']

/** The schema of a whole resource. Of metadata, which the API server knows itself, no CRD may say more than its type. */
export function structuralSchema(resource: z.ZodObject): StructuralSchema {
  const schema = z.toJSONSchema(resource)
  return rewrite({ ...schema, properties: { ...schema.properties, metadata: { type: 'object' } } })
}

function rewrite(node: object): StructuralSchema {
  const from = node as JsonObject
  const strange = Object.keys(from).filter((key) => !KEPT.includes(key) && !LEFT_OUT.includes(key))
  if (strange.length > 0)
    throw new Error(`a CRD cannot say ${strange.join(', ')}: use the parts of src/policy/schema`)
  const to: Record<string, unknown> = {}
  for (const key of KEPT) if (from[key] !== undefined) to[key] = from[key]
  if (isObject(from['items'])) to['items'] = rewrite(from['items'])
  if (isObject(from['additionalProperties']))
    to['additionalProperties'] = rewrite(from['additionalProperties'])
  if (isObject(from['properties'])) {
    to['properties'] = Object.fromEntries(
      Object.entries(from['properties']).map(([name, field]) => [name, rewrite(field as object)]),
    )
  }
  return to
}
