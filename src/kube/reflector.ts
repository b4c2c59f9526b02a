import { applyEvent } from './apply-event.ts'
import { makeBackoff } from './backoff.ts'
import { ApiError } from './call-errors.ts'
import { within } from './deadline.ts'
import { followWatch } from './follow-watch.ts'
import type { Query } from './kube-client.ts'
import { type Change, type Entry, ObjectStore } from './object-store.ts'
import { listInPages } from './page-list.ts'
import { ReflectorHealth } from './reflector-health.ts'
import type { Reflector, ReflectorOptions } from './reflector-options.ts'
import { DEFAULT_TIMINGS } from './timings.ts'
import { readTrouble, type Trouble } from './trouble.ts'
import { decodeWatchLine } from './watch-event.ts'

export { keyOf } from './object-meta.ts'
export type { Change } from './object-store.ts'
export type { ReflectorLog, ReflectorStats } from './reflector-health.ts'
export type { Reflector, ReflectorOptions } from './reflector-options.ts'
export type { Timings } from './timings.ts'

/**
 * Keeps a local picture of one resource: lists it, watches it, and does both again whatever happens, until stopped.
 * No failure of a server, a network or a handler ends it, and none takes away what it holds.
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes)
 */
export function startReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, resource, path, query = {}, now, random, sleep, signal } = options
  const timings = { ...DEFAULT_TIMINGS, ...options.timings }
  const health = new ReflectorHealth(resource, now, options.log)
  const backoff = makeBackoff(random, timings)
  const store = new ObjectStore<T>(options.project, (error, meta) =>
    health.handlerThrew(error, 'projecting', meta),
  )
  const firstSync = Promise.withResolvers<void>()

  /** The version that the store shows; none when only a list can tell where to go on. */
  let position: string | undefined
  let unreadableAt: string | undefined
  let notFoundInARow = 0
  let listedAt = now()

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const trouble = await listAndWatch().catch(readTrouble)
      if (signal.aborted) return
      if (trouble !== undefined) await recover(trouble)
      else if (now() - listedAt >= timings.relistMs) position = undefined
    }
  }

  /** Answers why the watch ended, unless that was in its time. */
  async function listAndWatch(): Promise<Trouble | undefined> {
    const from = (position ??= await list())
    return signal.aborted ? undefined : watch(from)
  }

  async function recover(trouble: Trouble): Promise<void> {
    // A line that cannot be read twice will not become better; the object may look sane in a list.
    if (trouble.relist || (trouble.kind === 'unreadable' && position === unreadableAt)) position = undefined
    unreadableAt = trouble.kind === 'unreadable' ? position : undefined

    const delay = backoff.after(trouble)
    health.trouble(trouble, delay)
    await sleep(delay, signal).catch(() => undefined)
  }

  async function list(): Promise<string> {
    health.listBegun()
    try {
      const { items, resourceVersion } = await listInPages(
        getPage,
        (object) => store.see(object).entry,
        timings.pageSize,
      )
      notFoundInARow = 0
      listedAt = now()
      health.contact()
      if (!signal.aborted) takeOver(items)
      return resourceVersion
    } catch (error) {
      notFoundInARow = error instanceof ApiError && error.status === 404 ? notFoundInARow + 1 : 0
      // Twice, so that one stray answer of a proxy does not empty the cache.
      if (options.mayBeAbsent && notFoundInARow >= 2) {
        health.heard()
        takeOver([])
      }
      throw error
    }
  }

  function getPage(page: Query): Promise<unknown> {
    return within({ milliseconds: timings.pageMs, what: `listing ${resource}`, sleep, signal }, (limit) =>
      client.get(path, { query: { ...query, ...page }, signal: limit }),
    )
  }

  function takeOver(all: readonly (Entry<T> | undefined)[]): void {
    tell(store.replace(all))
    health.syncedNow(store.values.size)
    firstSync.resolve()
  }

  async function watch(from: string): Promise<Trouble | undefined> {
    let at = from
    let events = 0
    let openedAt: number | undefined
    const hasSettled = (): boolean => openedAt !== undefined && now() - openedAt >= timings.settledMs

    function onOpen(): void {
      openedAt = now()
      health.watchOpened()
      health.contact()
    }

    function onLine(line: string): void {
      const event = decodeWatchLine(line)
      health.contact()
      const taken = applyEvent(store, event, at)
      // What we have seen before is no news: a server that repeats it and closes would otherwise keep us spinning.
      if (event.type !== 'BOOKMARK' && taken.at !== at) events += 1
      position = at = taken.at
      tell(taken.changes)
    }

    try {
      await followWatch(
        {
          client,
          path,
          query,
          position: () => at,
          onOpen,
          onLine,
          onCurrent: () => health.contact(),
          random,
          sleep,
          signal,
        },
        timings,
      )
      if (events > 0 || hasSettled()) return undefined
      return {
        kind: 'closed',
        message: 'the API server closed the watch before anything came',
        relist: false,
      }
    } finally {
      if (hasSettled()) backoff.settled()
    }
  }

  function tell(changes: Iterable<Change<T>>): void {
    for (const change of changes) {
      if (signal.aborted) return
      callSafely(options.onChange, change, (error) => health.handlerThrew(error, 'telling a change', change))
    }
  }

  return {
    items: () => store.values,
    synced: firstSync.promise,
    isSynced: () => health.synced,
    stats: () => health.stats(store.values.size),
    done: run(),
  }
}

/** An async function fits the type of a handler, too; its failure must not become an unhandled rejection. */
function callSafely<Argument>(
  handler: (argument: Argument) => unknown,
  argument: Argument,
  failed: (error: unknown) => void,
): void {
  try {
    const result = handler(argument)
    if (result instanceof Promise) result.catch(failed)
  } catch (error) {
    failed(error)
  }
}
