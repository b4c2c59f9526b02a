import jsonpatch, { type Operation } from 'fast-json-patch'
import type { JsonObject } from '../../src/core/pod.ts'

/** Writes a value at a JSON pointer: over what is there, or at the end of a list (`/-`). */
export function set(path: string, value: unknown): Operation {
  return { op: /\/\d+$/.test(path) ? 'replace' : 'add', path, value }
}

export function remove(path: string): Operation {
  return { op: 'remove', path }
}

/** A copy of an object with changes; one that leads nowhere is a mistake of the test. */
export function changed(object: JsonObject, ...changes: readonly Operation[]): JsonObject {
  return jsonpatch.applyPatch(structuredClone(object), [...changes], true).newDocument
}

/** The same changes within a part of an object. */
export function within(place: string, changes: readonly Operation[]): readonly Operation[] {
  return changes.map((change) => ({ ...change, path: `${place}${change.path}` }))
}
