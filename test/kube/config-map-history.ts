export interface ConfigMap {
  readonly metadata: {
    readonly namespace: string
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
  }
  readonly data: Readonly<Record<string, string>>
}

export interface PastEvent {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: ConfigMap
}

/** What etcd does for the fake API server: objects, a revision that grows with every write, and the past until compacted. */
export class ConfigMapHistory {
  readonly #objects = new Map<string, ConfigMap>()
  readonly #listeners = new Set<(event: PastEvent) => void>()
  #past: PastEvent[] = []
  #version = 1000
  #oldest = 0
  #uids = 0

  get version(): number {
    return this.#version
  }

  /** Versions before this one are gone. */
  get oldest(): number {
    return this.#oldest
  }

  list(namespace?: string): ConfigMap[] {
    return [...this.#objects.values()].filter(
      ({ metadata }) => !namespace || metadata.namespace === namespace,
    )
  }

  since(version: number): PastEvent[] {
    return this.#past.filter((event) => event.version > version)
  }

  onEvent(listener: (event: PastEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  put(namespace: string, name: string, data: Readonly<Record<string, string>>): ConfigMap {
    const before = this.#objects.get(`${namespace}/${name}`)
    const uid = before?.metadata.uid ?? `uid-${(this.#uids += 1)}`
    const object = { metadata: { namespace, name, uid, resourceVersion: String((this.#version += 1)) }, data }
    this.#objects.set(`${namespace}/${name}`, object)
    this.#record(before ? 'MODIFIED' : 'ADDED', object)
    return object
  }

  remove(namespace: string, name: string): void {
    const before = this.#objects.get(`${namespace}/${name}`)
    if (!before) return
    this.#objects.delete(`${namespace}/${name}`)
    // The event of a deletion bears the version of the deletion.
    const metadata = { ...before.metadata, resourceVersion: String((this.#version += 1)) }
    this.#record('DELETED', { ...before, metadata })
  }

  /** Takes an object away without an event, as no server should. */
  lose(namespace: string, name: string): void {
    this.#objects.delete(`${namespace}/${name}`)
  }

  /** Something else in the cluster was written. */
  tick(writes = 1): void {
    this.#version += writes
  }

  compact(): void {
    this.#past = []
    this.#oldest = this.#version
  }

  /** Back to an older revision, as after a restore from a backup; the objects stay. */
  rewind(version: number): void {
    this.#version = version
    this.#oldest = version
    this.#past = []
  }

  #record(type: PastEvent['type'], object: ConfigMap): void {
    const event = { version: this.#version, type, object }
    this.#past.push(event)
    for (const listener of this.#listeners) listener(event)
  }
}
