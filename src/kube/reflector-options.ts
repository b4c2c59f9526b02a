import type { Sleep } from './deadline.ts'
import type { KubeClient, Query } from './kube-client.ts'
import type { Change } from './object-store.ts'
import type { ReflectorLog, ReflectorStats } from './reflector-health.ts'
import type { Timings } from './timings.ts'

export interface ReflectorOptions<T> {
  readonly client: KubeClient
  /** the plural name, for logs and messages: `daemonsets` */
  readonly resource: string
  /** `/apis/apps/v1/daemonsets`, or that of one namespace */
  readonly path: string
  /** `labelSelector` and `fieldSelector`, for the list and the watch alike */
  readonly query?: Query
  /**
   * Keeps what is needed of an object, or `undefined` when it is of no interest: then it is not stored, and one that was
   * stored counts as deleted. When it throws, the last good projection of that object stays; without one, the object
   * counts as absent. It is tried again on the object's next event and on the next list.
   */
  readonly project: (object: unknown) => T | undefined
  /** Called after `items()` shows the change. What it throws is logged and counted; the change has happened anyway. */
  readonly onChange: (change: Change<T>) => void
  /**
   * For a kind that may not be installed: 404 on a list, twice in a row, counts as an empty list. Without this, a 404
   * is a failure as any other: the last known objects stay, and the first sync waits.
   */
  readonly mayBeAbsent?: boolean
  /** milliseconds since the epoch */
  readonly now: () => number
  /** from 0 to below 1 */
  readonly random: () => number
  readonly sleep: Sleep
  /** stops everything, for good */
  readonly signal: AbortSignal
  readonly log: ReflectorLog
  readonly timings?: Partial<Timings>
}

export interface Reflector<T> {
  /**
   * The projections by `keyOf`. Always a whole state: the last known one while there is trouble, and a new list only
   * when it is complete. Read it, don't hold it: the next list makes a new map.
   */
  items(): ReadonlyMap<string, T>
  /** Resolves after the first complete list and its changes; never when stopped before that, so race it with `done`. */
  readonly synced: Promise<void>
  /** Once true, it stays so: a cache that has been complete is served through every outage. */
  isSynced(): boolean
  stats(): ReflectorStats
  /** Resolves when, after the signal, nothing runs any more. Never rejects. */
  readonly done: Promise<void>
}
