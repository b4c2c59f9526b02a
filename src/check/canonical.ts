import { isObject } from '../core/pod.ts'

/** JSON of a value with its keys in order, without what is absent: equal texts mean the same to an API server. */
export function canonical(value: unknown): string {
  return JSON.stringify(inOrder(value)) ?? ''
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isObject(value)) return value
  const entries = Object.entries(value).filter(([, one]) => one !== undefined && one !== null)
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, inOrder(one)]),
  )
}
