import { UnreadableAnswer } from './call-errors.ts'
import { readFields } from './read-fields.ts'

/** What tells one object, and one version of it, from another. */
export interface ObjectMeta {
  /** empty for objects of the cluster */
  readonly namespace: string
  readonly name: string
  /** empty where an API serves objects without one */
  readonly uid: string
  readonly resourceVersion: string
}

/** How `items()` names an object: `namespace/name`, and `/name` for one of the cluster. */
export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`
}

/** Throws `UnreadableAnswer` for what has no name and version: it cannot be kept, and may not be skipped in silence. */
export function readMeta(object: unknown): ObjectMeta {
  const { namespace, name, uid, resourceVersion } = readFields(readFields(object)['metadata'])
  if (typeof name !== 'string' || name === '') throw new UnreadableAnswer('an object without metadata.name')
  if (typeof resourceVersion !== 'string' || resourceVersion === '')
    throw new UnreadableAnswer(`the object ${name} has no metadata.resourceVersion`)
  return {
    namespace: typeof namespace === 'string' ? namespace : '',
    name,
    uid: typeof uid === 'string' ? uid : '',
    resourceVersion,
  }
}
