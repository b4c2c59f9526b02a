type Fields = Readonly<Record<string, unknown>>

/** The fields of a JSON object, and none of anything else. */
export function readFields(value: unknown): Fields {
  return isObject(value) ? value : {}
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
