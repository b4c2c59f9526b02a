import type { NamespaceInventory } from '../core/inventory.ts'
import { makeRateLimits, type Rate } from './rate-limit.ts'
import { LookUpRefused } from './source.ts'

export type ReadNamespace = (namespace: string, signal: AbortSignal) => Promise<NamespaceInventory>

export interface LookUpOptions {
  readonly read: ReadNamespace
  /** reads in all, and for one namespace: anybody may call the port, and each refusal costs the API server three lists */
  readonly rates: { readonly all: Rate; readonly namespace: Rate }
  /** milliseconds that one read may take */
  readonly readMs: number
  /** milliseconds, monotonic */
  readonly clock: () => number
}

export const DEFAULT_LOOK_UP_RATES = {
  all: { perSecond: 20, burst: 60 },
  namespace: { perSecond: 4, burst: 8 },
}

/** One read of a namespace, for all who wait for it. */
interface Read {
  readonly result: Promise<NamespaceInventory>
  waiting: number
  /** fires when nobody waits any more */
  readonly abandon: AbortController
}

/** What reads a namespace now, and what will next. */
interface Line {
  readonly running: Read
  next: Read | undefined
}

/**
 * Reads namespaces live. Requests share a read, but only one that begins after they came: an answer from before could
 * miss the very instance that the request is about. So at most two reads of a namespace are in line, one that runs and
 * the next one. A read that nobody waits for any more is given up, or never begun.
 */
export function makeLiveLookUp({ read, rates, readMs, clock }: LookUpOptions): ReadNamespace {
  const lines = new Map<string, Line>()
  const allowed = makeRateLimits(rates, clock)

  async function begin(namespace: string, given: AbortSignal): Promise<NamespaceInventory> {
    if (!allowed(namespace)) throw new LookUpRefused(`too many live look-ups of namespace ${namespace}`)
    return read(namespace, AbortSignal.any([AbortSignal.timeout(readMs), given]))
  }

  function start(namespace: string, abandon: AbortController): Read {
    const running: Read = { result: begin(namespace, abandon.signal), waiting: 0, abandon }
    const line: Line = { running, next: undefined }
    lines.set(namespace, line)
    const forget = (): void => {
      if (lines.get(namespace) === line && line.next === undefined) lines.delete(namespace)
    }
    running.result.then(forget, forget)
    return running
  }

  function follow(namespace: string, line: Line): Read {
    const abandon = new AbortController()
    const begun = async (): Promise<NamespaceInventory> => {
      if (abandon.signal.aborted) {
        // another may have come since, and be in line now
        if (line.next === next) line.next = undefined
        if (line.next === undefined && lines.get(namespace) === line) lines.delete(namespace)
        throw new Error('nobody waits for the read any more')
      }
      return start(namespace, abandon).result
    }
    const next: Read = { result: line.running.result.then(begun, begun), waiting: 0, abandon }
    // where all gave up there is nobody who hears of its end
    next.result.catch(() => undefined)
    return next
  }

  function join(namespace: string): Read {
    const line = lines.get(namespace)
    if (line === undefined) return start(namespace, new AbortController())
    if (line.next === undefined || line.next.abandon.signal.aborted) line.next = follow(namespace, line)
    return line.next
  }

  return async (namespace, signal) => {
    const shared = join(namespace)
    shared.waiting += 1
    try {
      return await withinSignal(shared.result, signal)
    } finally {
      shared.waiting -= 1
      if (shared.waiting === 0) shared.abandon.abort()
    }
  }
}

/** A shared promise, given up by one of those who wait for it. */
function withinSignal<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
