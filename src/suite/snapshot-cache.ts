import { buildSnapshot } from '../state/build-snapshot.ts'
import type { Snapshot } from '../state/state-store.ts'
import type { Manifest } from '../state/manifest.ts'
import type { Files } from './files.ts'
import { DEFAULT_NAMESPACE, stateOf } from './state-of.ts'
import type { SuiteTest } from './suite.ts'

/** Tests of one state mostly follow each other, and a suite may have ten thousand states. */
const MOST_KEPT = 32

/** What a test sees. */
export interface Seen {
  readonly snapshot: Snapshot
  /** the policies among its objects, as they are written */
  readonly policies: readonly Manifest[]
}

/** Gives what tests see; those of one suite that change nothing, or the same, see one snapshot. */
export function makeSnapshotCache(files: Files, clusterDomain: string): (test: SuiteTest) => Promise<Seen> {
  const kept = new Map<string, Promise<Seen>>()
  return (test) => {
    const { now: _, ...changes } = test.testState ?? {}
    const key = `${test.place.file}\n${JSON.stringify(changes)}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const [oldest] = kept.keys()
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    const seen = stateOf(test, files).then((manifests) => ({
      snapshot: buildSnapshot(manifests, { defaultNamespace: DEFAULT_NAMESPACE, clusterDomain }),
      policies: manifests.filter(({ kind }) => kind === 'DaprSharedPolicy'),
    }))
    kept.set(key, seen)
    return seen
  }
}
