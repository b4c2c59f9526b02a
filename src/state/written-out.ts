import { isObject } from '../core/pod.ts'

/** Characters and values of an object whose aliases are written out; the API server takes 3 MiB. */
export const MOST_WRITTEN_OUT = 4 * 1024 * 1024

/**
 * Whether a value is larger than so many characters and values. It stops as soon as it knows: what aliases say a
 * thousand times would be walked as often.
 */
export function isLarger(root: unknown, most: number): boolean {
  const left = [root]
  let size = 0
  while (left.length > 0) {
    const value = left.pop()
    size += typeof value === 'string' ? value.length + 1 : 1
    if (size > most) return true
    if (Array.isArray(value)) for (const item of value) left.push(item)
    else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        size += key.length
        left.push(item)
      }
    }
  }
  return false
}
