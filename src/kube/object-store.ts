import { isDeepStrictEqual } from 'node:util'
import { keyOf, type ObjectMeta, readMeta } from './object-meta.ts'

/** One thing that happened to the set of objects. */
export type Change<T> =
  | { readonly type: 'added'; readonly namespace: string; readonly name: string; readonly after: T }
  | {
      readonly type: 'modified'
      readonly namespace: string
      readonly name: string
      readonly before: T
      readonly after: T
    }
  | { readonly type: 'deleted'; readonly namespace: string; readonly name: string; readonly before: T }

/** What is kept of an object. Not its version: after a restore from a backup, one version may have two contents. */
export interface Entry<T> {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly value: T
}

/** An object as it was seen in a list or an event; no entry when it is of no interest. */
export interface Sighting<T> {
  readonly meta: ObjectMeta
  readonly entry: Entry<T> | undefined
}

/**
 * The last known projection of every object of interest. Does nothing by itself: each method answers with the changes
 * that it made.
 *
 * `project` keeps what is needed of an object, or `undefined` when it is of no interest. When it throws, `onThrow` is
 * told and the last good projection of the same object stays; without one, the object counts as absent. It is tried
 * again on the object's next event and on the next list.
 */
export class ObjectStore<T> {
  readonly #project: (object: unknown) => T | undefined
  readonly #onThrow: (error: unknown, meta: ObjectMeta) => void
  #entries = new Map<string, Entry<T>>()
  #values = new Map<string, T>()

  constructor(
    project: (object: unknown) => T | undefined,
    onThrow: (error: unknown, meta: ObjectMeta) => void,
  ) {
    this.#project = project
    this.#onThrow = onThrow
  }

  /** By `keyOf`. A list makes a new map, an event changes the present one. */
  get values(): ReadonlyMap<string, T> {
    return this.#values
  }

  /** Reads an object without keeping it yet. */
  see(object: unknown): Sighting<T> {
    const meta = readMeta(object)
    const { namespace, name, uid } = meta
    const known = this.#entries.get(keyOf(meta))
    const same = known?.uid === uid ? known : undefined
    try {
      const value = this.#project(object)
      if (value === undefined) return { meta, entry: undefined }
      // An equal projection is the old one: nobody is told, and whoever compares with === sees that nothing changed.
      return {
        meta,
        entry: same && isDeepStrictEqual(same.value, value) ? same : { namespace, name, uid, value },
      }
    } catch (error) {
      this.#onThrow(error, meta)
      return { meta, entry: same }
    }
  }

  /** Takes over what an ADDED or MODIFIED event showed. */
  keep({ meta, entry }: Sighting<T>): Change<T>[] {
    const key = keyOf(meta)
    const before = this.#entries.get(key)
    if (entry === undefined) {
      this.#entries.delete(key)
      this.#values.delete(key)
    } else this.#put(key, entry)
    return difference(before, entry)
  }

  remove(meta: ObjectMeta): Change<T>[] {
    return this.keep({ meta, entry: undefined })
  }

  /**
   * Takes over a whole list at once: who looks sees the old set or the new one. What is not in it has been deleted. The
   * changes are made one by one as they are read, as there may be 50,000.
   */
  replace(list: readonly (Entry<T> | undefined)[]): Iterable<Change<T>> {
    const before = this.#entries
    this.#entries = new Map()
    this.#values = new Map()
    for (const entry of list) if (entry !== undefined) this.#put(keyOf(entry), entry)
    return differences(before, this.#entries)
  }

  /** One key for both maps: it is most of what they weigh. */
  #put(key: string, entry: Entry<T>): void {
    this.#entries.set(key, entry)
    this.#values.set(key, entry.value)
  }
}

function* differences<T>(
  before: ReadonlyMap<string, Entry<T>>,
  after: ReadonlyMap<string, Entry<T>>,
): Iterable<Change<T>> {
  for (const [key, entry] of before) if (!after.has(key)) yield* difference(entry, undefined)
  for (const [key, entry] of after) yield* difference(before.get(key), entry)
}

/** Another uid is another object, though the name be the same. */
function difference<T>(before: Entry<T> | undefined, after: Entry<T> | undefined): Change<T>[] {
  const deleted = before && ({ ...nameOf(before), type: 'deleted', before: before.value } as const)
  const added = after && ({ ...nameOf(after), type: 'added', after: after.value } as const)
  if (!before || !after || before.uid !== after.uid)
    return [deleted, added].filter((change) => change !== undefined)
  if (before === after) return []
  return [{ ...nameOf(after), type: 'modified', before: before.value, after: after.value }]
}

function nameOf({ namespace, name }: Entry<unknown>): { namespace: string; name: string } {
  return { namespace, name }
}
