import { ApiError, UnreachableError, UnreadableAnswer } from '../../src/kube/call-errors.ts'
import type { CallOptions, KubeClient } from '../../src/kube/kube-client.ts'
import { type ConfigMap, ConfigMapHistory, type PastEvent } from './config-map-history.ts'

interface OpenWatch {
  readonly signal: AbortSignal | undefined
  readonly lines: (string | Error)[]
  wake: () => void
  isMuted: boolean
  isClosed: boolean
}

const EXPIRED = new ApiError({ status: 410, reason: 'Expired', message: 'too old resource version' })

/**
 * An API server without a network, for histories by the thousand. Like a real one, it accepts a watch from a version of
 * its future, and says nothing on it until it gets there.
 */
export class MemoryCluster implements KubeClient {
  readonly server = 'memory'
  readonly history = new ConfigMapHistory()
  readonly past: PastEvent[] = []
  readonly #open = new Set<OpenWatch>()
  readonly #pages = new Map<string, { version: number; rest: ConfigMap[] }>()
  #failures: Error[] = []

  constructor() {
    this.history.onEvent((event) => this.past.push(event))
  }

  failNext(error: Error): void {
    this.#failures.push(error)
  }

  heal(): void {
    this.#failures = []
  }

  say(line: string): void {
    for (const watch of this.#open) push(watch, line)
  }

  bookmark(): void {
    this.say(eventLine('BOOKMARK', { metadata: { resourceVersion: String(this.history.version) } }))
  }

  cut(): void {
    for (const watch of this.#open) push(watch, new UnreachableError('reset'))
  }

  halfLine(): void {
    for (const watch of this.#open) push(watch, new UnreadableAnswer('ended within a line'))
  }

  close(): void {
    for (const watch of this.#open) {
      watch.isClosed = true
      watch.wake()
    }
  }

  mute(): void {
    for (const watch of this.#open) watch.isMuted = true
  }

  async get(_: string, { query = {}, signal }: CallOptions = {}): Promise<unknown> {
    await this.#answer(signal)
    const token = query['continue']
    const page =
      token === undefined
        ? { version: this.history.version, rest: this.history.list() }
        : this.#pages.get(token)
    if (!page || page.version < this.history.oldest) throw EXPIRED
    const limit = Number(query['limit'] ?? Number.POSITIVE_INFINITY)
    const rest = page.rest.slice(limit)
    const next = rest.length > 0 ? `${page.version}-${rest.length}` : ''
    this.#pages.set(next, { version: page.version, rest })
    return {
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(page.version), continue: next },
      items: structuredClone(page.rest.slice(0, limit)),
    }
  }

  async watch(_: string, { query = {}, signal }: CallOptions = {}): Promise<AsyncIterable<string>> {
    await this.#answer(signal)
    const from = Number(query['resourceVersion'])
    const watch: OpenWatch = { signal, lines: [], wake: () => undefined, isMuted: false, isClosed: false }
    if (from < this.history.oldest) push(watch, eventLine('ERROR', { code: 410 }))
    for (const { type, object } of this.history.since(from)) push(watch, eventLine(type, object))
    const forget = this.history.onEvent(({ version, type, object }) => {
      if (version > from) push(watch, eventLine(type, object))
    })
    // A watch of one second, a probe, sees what there is; its second need not pass.
    watch.isClosed = query['timeoutSeconds'] === '1'
    signal?.addEventListener('abort', () => watch.wake(), { once: true })
    this.#open.add(watch)
    return this.#linesOf(watch, forget)
  }

  send(): Promise<unknown> {
    return Promise.reject(new Error('read only'))
  }

  post(): Promise<unknown> {
    return this.send()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  get openWatches(): number {
    return this.#open.size
  }

  async #answer(signal: AbortSignal | undefined): Promise<void> {
    await Promise.resolve()
    signal?.throwIfAborted()
    const failure = this.#failures.shift()
    if (failure) throw failure
  }

  async *#linesOf(watch: OpenWatch, forget: () => void): AsyncGenerator<string> {
    try {
      for (;;) {
        watch.signal?.throwIfAborted()
        const line = watch.lines.shift()
        if (line instanceof Error) throw line
        if (line !== undefined) yield line
        else if (watch.isClosed) return
        else await new Promise<void>((resolve) => (watch.wake = resolve))
      }
    } finally {
      forget()
      this.#open.delete(watch)
    }
  }
}

export function eventLine(type: string, object: unknown): string {
  return JSON.stringify({ type, object })
}

function push(watch: OpenWatch, line: string | Error): void {
  if (watch.isMuted) return
  watch.lines.push(line)
  watch.wake()
}
