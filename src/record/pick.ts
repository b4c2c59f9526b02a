import type { JsonObject } from '../core/pod.ts'

/** The named fields of an object, as far as it has them. What is not named here stays out, whatever it is. */
export function pick(object: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    fields.flatMap((field) =>
      object[field] === undefined || object[field] === null ? [] : [[field, object[field]]],
    ),
  )
}
