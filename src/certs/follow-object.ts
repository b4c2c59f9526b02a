import { startReflector, type Reflector } from '../kube/reflector.ts'
import type { ClusterParts } from './cluster-parts.ts'

/** One object by name, as its watch shows it. */
export interface FollowedObject<T> extends AsyncDisposable {
  /** none where it does not exist, or was not read yet */
  current(): T | undefined
  /** whether it is known if it exists */
  isRead(): boolean
  readonly firstRead: Promise<void>
  /** what goes wrong with the watch at present */
  problem(): string | undefined
}

/**
 * Follows one object. The right to list and watch can be limited to its name, since nothing else is asked for.
 *
 * @param all the API path of all objects of its kind there
 * @param resource the plural, for logs
 */
export function followObject<T>(
  { client, now, random, sleep, log }: ClusterParts,
  {
    all,
    resource,
    name,
    project,
    onChange,
  }: {
    readonly all: string
    readonly resource: string
    readonly name: string
    readonly project: (object: unknown) => T
    readonly onChange: () => void
  },
): FollowedObject<T> {
  const stop = new AbortController()
  const reflector: Reflector<T> = startReflector<T>({
    client,
    resource,
    path: all,
    query: { fieldSelector: `metadata.name=${name}` },
    project,
    onChange,
    now: () => now().getTime(),
    random,
    sleep,
    signal: stop.signal,
    // of one object its own news are told, not that it was read
    log: { ...pass(log), info: (facts, message) => log.debug(facts, message) },
  })
  return {
    current: () => reflector.items().values().next().value,
    isRead: () => reflector.isSynced(),
    firstRead: reflector.synced,
    problem: () => reflector.stats().lastError,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await reflector.done
    },
  }
}

function pass(log: ClusterParts['log']): Pick<ClusterParts['log'], 'debug' | 'warn'> {
  return {
    debug: (facts, message) => log.debug(facts, message),
    warn: (facts, message) => log.warn(facts, message),
  }
}
