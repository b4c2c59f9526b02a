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

/** What reads a namespace now, and what will next. */
interface Line {
  readonly running: Promise<unknown>
  next: Promise<NamespaceInventory> | undefined
}

/**
 * Reads namespaces live. Requests share a read, but only one that begins after they came: an answer from before could
 * miss the very instance that the request is about. So at most two reads of a namespace are in line, one that runs and
 * the next one.
 */
export function makeLiveLookUp({ read, rates, readMs, clock }: LookUpOptions): ReadNamespace {
  const lines = new Map<string, Line>()
  const allowed = makeRateLimits(rates, clock)

  async function begin(namespace: string): Promise<NamespaceInventory> {
    if (!allowed(namespace)) throw new LookUpRefused(`too many live look-ups of namespace ${namespace}`)
    return read(namespace, AbortSignal.timeout(readMs))
  }

  function start(namespace: string): Promise<NamespaceInventory> {
    const result = begin(namespace)
    const line: Line = { running: result, next: undefined }
    lines.set(namespace, line)
    const forget = (): void => {
      if (lines.get(namespace) === line && line.next === undefined) lines.delete(namespace)
    }
    result.then(forget, forget)
    return result
  }

  function join(namespace: string): Promise<NamespaceInventory> {
    const line = lines.get(namespace)
    if (line === undefined) return start(namespace)
    line.next ??= line.running.then(
      () => start(namespace),
      () => start(namespace),
    )
    return line.next
  }

  return (namespace, signal) => withinSignal(join(namespace), signal)
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
