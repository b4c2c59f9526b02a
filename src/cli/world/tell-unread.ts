import { isIncomplete, readUnread, type Unread } from '../../state/incomplete.ts'
import type { Manifest } from '../../state/manifest.ts'
import type { Io } from '../io.ts'

/**
 * Says of a recording that is half a cluster that it is: what rests on the other half is unknown.
 *
 * @throws ManifestError where the recording does not say what it lacks
 */
export function tellUnread(manifests: readonly Manifest[], io: Io): readonly Unread[] {
  const unread: Unread[] = []
  for (const manifest of manifests.filter(isIncomplete)) {
    for (const one of readUnread(manifest)) {
      unread.push(one)
      io.err(`${manifest.source.file}: the recording is incomplete: ${one.why}.\n`)
    }
  }
  return unread
}
