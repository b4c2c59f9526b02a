import { ApiError } from '../../src/kube/call-errors.ts'
import type { CallOptions, KubeClient, SendOptions } from '../../src/kube/kube-client.ts'

type Fields = Record<string, unknown>

interface Watcher {
  readonly path: string
  readonly name: string | undefined
  readonly lines: string[]
  wake: () => void
}

/** An API server without a network: objects by path, watches of one name, merge patches and server-side apply. */
export class MemoryApi implements KubeClient {
  readonly server = 'memory'
  /** every write that was asked for, as `PATCH /path` */
  readonly written: string[] = []
  /** refuses whatever it is asked, while it is set */
  failure: ApiError | undefined
  readonly #objects = new Map<string, Fields>()
  readonly #watchers = new Set<Watcher>()
  #version = 100

  read(path: string): Fields | undefined {
    return structuredClone(this.#objects.get(path))
  }

  /** Writes an object as another would; nothing deletes it. */
  put(path: string, object: Fields | undefined): void {
    const before = this.#objects.get(path)
    this.#version += 1
    if (object === undefined) this.#objects.delete(path)
    else this.#objects.set(path, { ...object, metadata: this.#metadata(path, object, before) })
    const type = object === undefined ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED'
    const shown = this.#objects.get(path) ?? withVersion(before ?? {}, this.#version)
    for (const watcher of this.#watchers) {
      if (path !== `${watcher.path}/${watcher.name}`) continue
      watcher.lines.push(JSON.stringify({ type, object: shown }))
      watcher.wake()
    }
  }

  get: KubeClient['get'] = async (path, { query = {} }: CallOptions = {}) => {
    await this.#turn()
    const name = nameIn(query['fieldSelector'])
    if (name === undefined) return this.#one(path)
    const found = this.read(`${path}/${name}`)
    return { metadata: { resourceVersion: String(this.#version) }, items: found === undefined ? [] : [found] }
  }

  send: KubeClient['send'] = async (method, path, body, { contentType = '', signal }: SendOptions = {}) => {
    await this.#turn()
    signal?.throwIfAborted()
    this.written.push(`${method} ${path}`)
    const patch = body as Fields
    const present = this.#objects.get(path)
    const isApply = contentType.startsWith('application/apply')
    const { resourceVersion } = metadataOf(patch)
    if (present === undefined && !isApply) throw notFound(path)
    if (
      present !== undefined &&
      resourceVersion !== undefined &&
      resourceVersion !== metadataOf(present)['resourceVersion']
    )
      throw new ApiError({ status: 409, reason: 'Conflict', message: `${path} has been modified` })
    const next = isApply ? applied(present ?? {}, patch) : merged(present ?? {}, patch)
    if (present === undefined || JSON.stringify(next) !== JSON.stringify(present)) this.put(path, next)
    return this.#one(path)
  }

  post: KubeClient['post'] = (path, body, options) => this.send('POST', path, body, options)

  watch: KubeClient['watch'] = async (path, { query = {}, signal }: CallOptions = {}) => {
    await this.#turn()
    const watcher: Watcher = { path, name: nameIn(query['fieldSelector']), lines: [], wake: () => undefined }
    this.#watchers.add(watcher)
    signal?.addEventListener('abort', () => watcher.wake(), { once: true })
    const watchers = this.#watchers
    return (async function* () {
      try {
        for (;;) {
          signal?.throwIfAborted()
          const line = watcher.lines.shift()
          if (line !== undefined) yield line
          else await new Promise<void>((resolve) => (watcher.wake = resolve))
        }
      } finally {
        watchers.delete(watcher)
      }
    })()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // there is no connection to close
  }

  #one(path: string): Fields {
    const found = this.read(path)
    if (found === undefined) throw notFound(path)
    return found
  }

  #metadata(path: string, object: Fields, before: Fields | undefined): Fields {
    const uid = before === undefined ? `uid-${this.#version}` : metadataOf(before)['uid']
    const name = path.slice(path.lastIndexOf('/') + 1)
    return { ...metadataOf(object), name, uid, resourceVersion: String(this.#version) }
  }

  async #turn(): Promise<void> {
    await Promise.resolve()
    if (this.failure) throw this.failure
  }
}

function nameIn(selector: string | undefined): string | undefined {
  return selector?.replace('metadata.name=', '')
}

function metadataOf(object: Fields): Fields {
  return (object['metadata'] ?? {}) as Fields
}

function withVersion(object: Fields, version: number): Fields {
  return { ...object, metadata: { ...metadataOf(object), resourceVersion: String(version) } }
}

function notFound(path: string): ApiError {
  return new ApiError({ status: 404, reason: 'NotFound', message: `${path} not found` })
}

/** RFC 7396. */
function merged(present: Fields, patch: Fields): Fields {
  const next = { ...present }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key]
    else if (typeof value === 'object' && !Array.isArray(value))
      next[key] = merged((next[key] ?? {}) as Fields, value as Fields)
    else next[key] = value
  }
  return next
}

/** As much of server-side apply as is used: webhooks are merged by name. */
function applied(present: Fields, patch: Fields): Fields {
  const { webhooks, ...rest } = patch
  const next = merged(present, rest)
  if (!Array.isArray(webhooks)) return next
  const wanted = webhooks as Fields[]
  next['webhooks'] = ((present['webhooks'] ?? []) as Fields[]).map((webhook) => {
    const own = wanted.find(({ name }) => name === webhook['name'])
    return own === undefined ? webhook : merged(webhook, own)
  })
  return next
}
