import { UnreadableAnswer } from './call-errors.ts'
import type { Change, ObjectStore } from './object-store.ts'
import { isOlder } from './resource-version.ts'
import type { WatchEvent } from './watch-event.ts'

/**
 * Takes one event of a watch into the store that shows version `at`; answers the version that it shows then.
 *
 * A watch only ever goes forward. An event from before `at` was replayed or has lost its place, and what should have
 * come instead may be missing, so the whole picture is mistrusted (`UnreadableAnswer`). The same version once more does
 * no harm. An old bookmark says nothing: an API server that lags may send one.
 */
export function applyEvent<T>(
  store: ObjectStore<T>,
  event: WatchEvent,
  at: string,
): { at: string; changes: Change<T>[] } {
  if (event.type === 'BOOKMARK')
    return { at: isOlder(event.resourceVersion, at) ? at : event.resourceVersion, changes: [] }

  const { resourceVersion } = event.meta
  if (isOlder(resourceVersion, at))
    throw new UnreadableAnswer(`the watch went back from version ${at} to ${resourceVersion}`, {
      mistrust: true,
    })
  const changes = event.type === 'DELETED' ? store.remove(event.meta) : store.keep(store.see(event.object))
  return { at: resourceVersion, changes }
}
