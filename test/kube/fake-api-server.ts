import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type ConfigMap, ConfigMapHistory, type PastEvent } from './config-map-history.ts'

/** What a request is for. `continue` is a list's later page, `probe` a watch of one second. */
export type Ask = 'list' | 'continue' | 'watch' | 'probe'

export interface Refusal {
  readonly status: number
  readonly reason?: string
  readonly message?: string
  readonly retryAfter?: number
}

/** `hang`: no byte ever. `reset`: the connection breaks. A text: is sent with 200 instead of an answer. */
export type Fault = Refusal | 'hang' | 'reset' | { readonly text: string }

interface OpenWatch {
  readonly response: ServerResponse
  muted: boolean
}

interface Asked {
  readonly ask: Ask
  readonly query: Readonly<Record<string, string>>
}

/** How long the fake takes for a second of `timeoutSeconds`. */
const SECOND_MS = 20

/**
 * The part of an API server that lists and watches config maps, over real HTTP on 127.0.0.1; and every way in which
 * that can go wrong, on demand.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly history = new ConfigMapHistory()
  /** every request so far */
  readonly asked: Asked[] = []
  /** TCP connections so far */
  connections = 0
  /** until it resolves, no page of a list is answered */
  hold: Promise<void> | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #watches = new Set<OpenWatch>()
  readonly #pages = new Map<string, { version: number; rest: ConfigMap[] }>()
  #faults: { on: Ask; fault: Fault }[] = []

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
    this.#server.keepAliveTimeout = 60_000
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer()
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get url(): string {
    const address = this.#server.address()
    if (typeof address !== 'object' || address === null)
      throw new Error('the fake API server does not listen')
    return `http://127.0.0.1:${address.port}`
  }

  get openWatches(): number {
    return this.#watches.size
  }

  get openSockets(): number {
    return this.#sockets.size
  }

  count(ask: Ask): number {
    return this.asked.filter((request) => request.ask === ask).length
  }

  /** The next `times` requests of that kind go wrong so. */
  failNext(on: Ask, fault: Fault, times = 1): void {
    for (let left = times; left > 0; left -= 1) this.#faults.push({ on, fault })
  }

  heal(): void {
    this.#faults = []
  }

  /** Breaks the connection of every open watch. */
  cutWatches(): void {
    for (const { response } of this.#watches) response.destroy()
  }

  /** Ends every open watch in good order, as a server does at `timeoutSeconds`. */
  closeWatches(): void {
    for (const { response } of this.#watches) response.end()
  }

  /** From now on the open watches bring nothing more, though their connections live. */
  muteWatches(): void {
    for (const watch of this.#watches) watch.muted = true
  }

  sendToWatches(text: string | Uint8Array): void {
    for (const { response, muted } of this.#watches) if (!muted) response.write(text)
  }

  sendEvent(type: string, object: unknown): void {
    this.sendToWatches(`${JSON.stringify({ type, object })}\n`)
  }

  bookmark(): void {
    this.sendToWatches(bookmarkAt(this.history.version))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake')
    const namespace = /\/namespaces\/([^/]+)\//.exec(url.pathname)?.[1]
    const query = Object.fromEntries(url.searchParams)
    const ask = kindOf(query)
    this.asked.push({ ask, query })
    if (ask === 'list' || ask === 'continue') await this.hold

    const next = this.#faults.findIndex(({ on }) => on === ask)
    const [planned] = next === -1 ? [] : this.#faults.splice(next, 1)
    if (planned) fail(planned.fault, response)
    else if (query['watch'] === 'true') this.#watch(query, namespace, response)
    else this.#list(query, namespace, response)
  }

  #list(query: Asked['query'], namespace: string | undefined, response: ServerResponse): void {
    const token = query['continue']
    const page =
      token === undefined
        ? { version: this.history.version, rest: this.history.list(namespace) }
        : this.#pages.get(token)
    if (!page || page.version < this.history.oldest) return fail(GONE, response)

    const limit = Number(query['limit'] ?? Number.POSITIVE_INFINITY)
    const rest = page.rest.slice(limit)
    const next = rest.length > 0 ? `${page.version}-${rest.length}` : ''
    if (next !== '') this.#pages.set(next, { version: page.version, rest })
    answer(response, 200, {
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(page.version), ...(next === '' ? {} : { continue: next }) },
      items: page.rest.slice(0, limit),
    })
  }

  #watch(query: Asked['query'], namespace: string | undefined, response: ServerResponse): void {
    const from = Number(query['resourceVersion'])
    if (from < this.history.oldest) return fail(GONE, response)
    if (from > this.history.version) return fail(TOO_LARGE, response)

    const watch = { response, muted: false }
    const send = ({ type, object }: PastEvent): void => {
      if (watch.muted || (namespace !== undefined && object.metadata.namespace !== namespace)) return
      response.write(
        `${JSON.stringify({ type, object: { apiVersion: 'v1', kind: 'ConfigMap', ...object } })}\n`,
      )
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const event of this.history.since(from)) send(event)

    const forget = this.history.onEvent(send)
    const timer = setTimeout(
      () => {
        if (!watch.muted) response.end(bookmarkAt(this.history.version))
      },
      Number(query['timeoutSeconds'] ?? 1800) * SECOND_MS,
    )
    this.#watches.add(watch)
    response.on('close', () => {
      clearTimeout(timer)
      forget()
      this.#watches.delete(watch)
    })
  }
}

const GONE: Refusal = {
  status: 410,
  reason: 'Expired',
  message: 'The provided continue parameter or version is too old',
}
const TOO_LARGE: Refusal = {
  status: 504,
  reason: 'Timeout',
  message: 'Timeout: Too large resource version',
  retryAfter: 1,
}

function kindOf(query: Asked['query']): Ask {
  if (query['watch'] === 'true') return query['timeoutSeconds'] === '1' ? 'probe' : 'watch'
  return query['continue'] === undefined ? 'list' : 'continue'
}

function bookmarkAt(version: number): string {
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: String(version) } }
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`
}

function fail(fault: Fault, response: ServerResponse): void {
  if (fault === 'hang') return
  if (fault === 'reset') {
    response.destroy()
    return
  }
  if ('text' in fault) {
    response.writeHead(200).end(fault.text)
    return
  }
  const { status, reason = '', message = reason, retryAfter } = fault
  const details = retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }
  answer(
    response,
    status,
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message, details },
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  )
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
