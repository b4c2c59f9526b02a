import type * as z from 'zod'
import { isObject } from '../core/pod.ts'
import { fieldsOf, schemaAt } from './schema/descend.ts'

/**
 * The value without the known fields that are null, as the API server takes it (Kubernetes docs, "Defaulting and
 * nullable"): templates write `priority:` with nothing behind it. Nulls in lists, in maps and under unknown names stay,
 * and are found fault with.
 */
export function dropNulls(value: unknown, schema: z.ZodType | undefined): unknown {
  if (schema === undefined) return value
  if (Array.isArray(value)) {
    const entry = schemaAt(schema, 0)
    return value.map((item) => dropNulls(item, entry))
  }
  if (!isObject(value)) return value
  const fields = fieldsOf(schema)
  if (fields === undefined) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => field !== null || !Object.hasOwn(fields, name))
      .map(([name, field]) => [
        name,
        dropNulls(field, Object.hasOwn(fields, name) ? fields[name] : undefined),
      ]),
  )
}
