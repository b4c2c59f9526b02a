import type { ObjectMeta } from './object-meta.ts'
import type { Trouble } from './trouble.ts'

/** The part of a pino logger that a reflector uses. */
export interface ReflectorLog {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

/** For metrics and readiness. */
export interface ReflectorStats {
  readonly synced: boolean
  readonly items: number
  /** lists begun */
  readonly lists: number
  /** those of them after the first sync */
  readonly relists: number
  /** watches opened after the first one */
  readonly restarts: number
  /**
   * when the API server last showed that we are up to date, in milliseconds of `now()`: an event, a bookmark, a complete
   * list, a watch that opens, a probe. Its age is the age of the cache.
   */
  readonly lastContactAt: number | undefined
  /** the trouble that goes on at present */
  readonly lastError: string | undefined
  /** how often `project` or `onChange` threw */
  readonly handlerErrors: number
}

/** Counts what happens to one reflector, and tells the log what a person would want to know of it: each trouble once. */
export class ReflectorHealth {
  readonly #resource: string
  readonly #now: () => number
  readonly #log: ReflectorLog
  #synced = false
  #lists = 0
  #relists = 0
  #watches = 0
  #handlerErrors = 0
  #lastContactAt: number | undefined
  #lastError: string | undefined

  constructor(resource: string, now: () => number, log: ReflectorLog) {
    this.#resource = resource
    this.#now = now
    this.#log = log
  }

  /** A log that fails, on a full disk for instance, must not end what it tells about. */
  #tell(level: keyof ReflectorLog, facts: object, message: string): void {
    try {
      this.#log[level]({ resource: this.#resource, ...facts }, message)
    } catch {
      // There is nobody left to tell.
    }
  }

  get synced(): boolean {
    return this.#synced
  }

  stats(items: number): ReflectorStats {
    return {
      synced: this.#synced,
      items,
      lists: this.#lists,
      relists: this.#relists,
      restarts: Math.max(0, this.#watches - 1),
      lastContactAt: this.#lastContactAt,
      lastError: this.#lastError,
      handlerErrors: this.#handlerErrors,
    }
  }

  listBegun(): void {
    this.#lists += 1
    if (this.#synced) this.#relists += 1
  }

  watchOpened(): void {
    this.#watches += 1
  }

  /** The first complete list is in. */
  syncedNow(items: number): void {
    if (this.#synced) return
    this.#synced = true
    this.#tell('info', { items }, 'synced')
  }

  /** What we hold is what the server says at this moment. */
  heard(): void {
    this.#lastContactAt = this.#now()
  }

  /** The same, and it works as it should. */
  contact(): void {
    this.heard()
    if (this.#lastError === undefined) return
    this.#lastError = undefined
    this.#tell('info', {}, 'in contact with the API server again')
  }

  /** Versions expire and watches close in a healthy cluster, too, so these alone are no warning. */
  trouble({ kind, message, relist }: Trouble, retryInMs: number): void {
    const facts = { kind, reason: message, relist, retryInMs: Math.round(retryInMs) }
    const isNews = this.#lastError === undefined
    this.#lastError = message
    if (!isNews) this.#tell('debug', facts, 'still no watch')
    else if (kind === 'expired' || kind === 'closed') this.#tell('info', facts, 'watch ended')
    else this.#tell('warn', facts, 'cannot watch; what was last known is kept')
  }

  handlerThrew(
    error: unknown,
    doing: string,
    { namespace, name }: Pick<ObjectMeta, 'namespace' | 'name'>,
  ): void {
    this.#handlerErrors += 1
    this.#tell('warn', { namespace, name, err: error }, `a handler failed while ${doing}`)
  }
}
