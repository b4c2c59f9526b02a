import { isDeepStrictEqual } from 'node:util'
import type { PatchOperation } from '../core/json-patch.ts'
import type { ExpectedPatch } from './compare-patch.ts'
import type { Files } from './files.ts'
import type { SuiteTest } from './suite.ts'
import { Unusable } from './unusable.ts'

/** A file of an exact patch that is to be written. */
export interface NewSnapshot {
  /** from where the user is */
  readonly file: string
  readonly text: string
  readonly isNew: boolean
}

/** The exact patches that tests expect, in files beside the suites. */
export interface Snapshots {
  /** @throws Unusable for a snapshot that is no JSON */
  readonly expected: (test: SuiteTest) => Promise<ExpectedPatch>
  /**
   * Takes a patch as what is expected from now on.
   *
   * @returns the name of the test that wants another patch in the same file
   */
  readonly take: (test: SuiteTest, patch: readonly PatchOperation[]) => Promise<string | undefined>
  readonly taken: () => readonly NewSnapshot[]
}

/** @param update what a snapshot has does not count, as it will be written anew */
export function makeSnapshots(files: Files, { update }: { readonly update: boolean }): Snapshots {
  const taken = new Map<string, NewSnapshot & { readonly by: string; readonly differs: boolean }>()
  return {
    async expected({ expect: { patch }, expectPath, place }) {
      if (patch === undefined) return { kind: 'none' }
      if (typeof patch !== 'string') return { kind: 'operations', operations: patch, file: undefined }
      if (update) return { kind: 'any' }
      const file = files.shown(patch, place.file)
      const text = await files.text(patch, place.file)
      if (text === undefined) return { kind: 'missing', file }
      try {
        return { kind: 'operations', operations: JSON.parse(text) as unknown, file }
      } catch {
        const message = `${file} is no JSON. dapr-shared test -u writes it anew.`
        throw new Unusable(place, [...expectPath, 'patch'], message)
      }
    },
    async take({ name, expect: { patch }, place }, operations) {
      if (!update || typeof patch !== 'string') return undefined
      const file = files.shown(patch, place.file)
      const text = `${JSON.stringify(operations, undefined, 2)}\n`
      const twin = taken.get(file)
      if (twin !== undefined) return twin.text === text ? undefined : twin.by
      const before = await files.text(patch, place.file)
      taken.set(file, { file, text, isNew: before === undefined, by: name, differs: !isSame(before, text) })
      return undefined
    },
    taken: () =>
      [...taken.values()]
        .filter(({ differs }) => differs)
        .map(({ file, text, isNew }) => ({ file, text, isNew })),
  }
}

/** How a snapshot is laid out is its owner's business. */
function isSame(before: string | undefined, after: string): boolean {
  if (before === undefined) return false
  try {
    return isDeepStrictEqual(JSON.parse(before), JSON.parse(after))
  } catch {
    return false
  }
}
