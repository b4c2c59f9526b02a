import { ApiError, UnreachableError } from './call-errors.ts'
import type { KubeClient, Query } from './kube-client.ts'
import { decodeWatchLine } from './watch-event.ts'

/**
 * - `current`: the server knows of nothing that we have not heard
 * - `missed`: there is news that the quiet watch did not bring
 * - `refused`: the server answers, but not this question; that says nothing about the watch
 * - `unreachable`: no new connection works either
 */
export type Verdict = 'current' | 'missed' | 'refused' | 'unreachable'

/**
 * Asks, on a second connection, what a watch that has long been silent should have told us: a watch of one second from
 * the same version. News in it comes at once. Bookmarks are no news.
 */
export async function probeQuietWatch(
  client: KubeClient,
  path: string,
  query: Query,
  resourceVersion: string,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    const lines = await client.watch(path, {
      query: { ...query, resourceVersion, timeoutSeconds: '1', allowWatchBookmarks: 'true' },
      signal,
    })
    let missed = false
    for await (const line of lines) missed ||= decodeWatchLine(line).type !== 'BOOKMARK'
    return missed ? 'missed' : 'current'
  } catch (error) {
    if (error instanceof UnreachableError) return 'unreachable'
    return error instanceof ApiError && error.status === 410 ? 'missed' : 'refused'
  }
}
