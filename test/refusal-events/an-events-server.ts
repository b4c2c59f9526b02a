import { ApiError } from '../../src/kube/call-errors.ts'
import type { KubeClient } from '../../src/kube/kube-client.ts'
import { notFound } from '../facts/answering-client.ts'

export interface StoredEvent {
  readonly metadata: { name: string; namespace: string; resourceVersion: string }
  readonly regarding: Readonly<Record<string, string>>
  readonly series?: { count: number; lastObservedTime: string }
  readonly note: string
  readonly [field: string]: unknown
}

/** What an API server does with Events: names are taken once, a patch of an old state is refused, one that is gone is 404. */
export class EventsServer implements Pick<KubeClient, 'post' | 'send'> {
  readonly events = new Map<string, StoredEvent>()
  /** requests so far, as `POST` and `PATCH` */
  readonly asked: string[] = []
  /** what is thrown instead of an answer, while it is set */
  failure: Error | undefined
  #version = 0

  post: KubeClient['post'] = async (path, body) => {
    this.#note('POST')
    const event = body as StoredEvent
    const key = `${path}/${event.metadata.name}`
    if (this.events.has(key)) throw conflict('AlreadyExists')
    return this.#keep(key, event)
  }

  send: KubeClient['send'] = async (method, path, body) => {
    this.#note(method)
    const event = this.events.get(path)
    if (event === undefined) throw notFound()
    const { metadata, ...fields } = body as Partial<StoredEvent>
    if (metadata !== undefined && metadata.resourceVersion !== event.metadata.resourceVersion) {
      throw conflict('Conflict')
    }
    return this.#keep(path, { ...event, ...fields })
  }

  #note(method: string): void {
    this.asked.push(method)
    if (this.failure) throw this.failure
  }

  #keep(key: string, event: StoredEvent): StoredEvent {
    this.#version += 1
    const kept = { ...event, metadata: { ...event.metadata, resourceVersion: String(this.#version) } }
    this.events.set(key, kept)
    return structuredClone(kept)
  }
}

const conflict = (reason: string): ApiError => new ApiError({ status: 409, reason, message: reason })
