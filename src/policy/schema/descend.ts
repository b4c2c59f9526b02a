import * as z from 'zod'

/** The fields that an object of this schema may have; undefined for anything but an object of known fields. */
export function fieldsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const inner = present(schema)
  return inner instanceof z.ZodObject ? inner.shape : undefined
}

/** The schema of one field or entry; undefined where it has none of its own. */
export function schemaAt(schema: z.ZodType, step: string | number): z.ZodType | undefined {
  const inner = present(schema)
  if (inner instanceof z.ZodArray) return inner.element as z.ZodType
  const fields = fieldsOf(inner)
  return fields !== undefined && Object.hasOwn(fields, step) ? fields[step] : undefined
}

function present(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodExactOptional ? (schema.unwrap() as z.ZodType) : schema
}
