import { setTimeout as realSleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { connect } from '../../src/kube/client.ts'
import type { KubeClient } from '../../src/kube/kube-client.ts'
import {
  type Reflector,
  type ReflectorOptions,
  type ReflectorStats,
  startReflector,
} from '../../src/kube/reflector.ts'
import { FakeApiServer } from './fake-api-server.ts'
import { eventually, type FakeTime, fakeTime } from './fake-time.ts'
import { Recorder } from './recorder.ts'
import { valueOf } from './reflector.cases.ts'
import { kubeConfigFor, writeKubeConfig } from './write-kube-config.ts'

/** Longer than any backoff, shorter than a watchdog's tick: so retries are at once, and silence only when a test says so. */
export const RETRIES_AT_ONCE = { instantBelow: 4_000 }

/** A line of a watch that adds a config map. */
export function addedLine(name: string, resourceVersion: string): string {
  const object = { metadata: { name, namespace: 'shop', resourceVersion }, data: { value: '1' } }
  return `${JSON.stringify({ type: 'ADDED', object })}\n`
}

export async function connectTo(server: FakeApiServer): Promise<KubeClient> {
  using file = writeKubeConfig(kubeConfigFor(server.url))
  return connect({ kubeconfig: file.path })
}

interface Logged {
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** A fake API server, the real client, a clock that stands still, and one reflector of all config maps. */
export class ReflectorBench implements AsyncDisposable {
  readonly server: FakeApiServer
  readonly client: KubeClient
  readonly stop = new AbortController()
  readonly recorder = new Recorder<string>()
  readonly logged: Logged[] = []
  time: FakeTime = fakeTime(RETRIES_AT_ONCE)
  #reflector: Reflector<string> | undefined
  #opening = 0

  private constructor(server: FakeApiServer, client: KubeClient) {
    this.server = server
    this.client = {
      ...client,
      watch: async (path, options) => {
        this.#opening += 1
        return client.watch(path, options).finally(() => (this.#opening -= 1))
      },
    }
  }

  static async open(): Promise<ReflectorBench> {
    const server = await FakeApiServer.start()
    return new ReflectorBench(server, await connectTo(server))
  }

  get reflector(): Reflector<string> {
    if (!this.#reflector) throw new Error('no reflector was started')
    return this.#reflector
  }

  get stats(): ReflectorStats {
    return this.reflector.stats()
  }

  start(overrides: Partial<ReflectorOptions<string>> = {}): Reflector<string> {
    this.#reflector = startReflector<string>({
      client: this.client,
      resource: 'configmaps',
      path: '/api/v1/configmaps',
      project: valueOf,
      onChange: this.recorder.onChange,
      now: this.time.now,
      sleep: this.time.sleep,
      random: () => 0.1,
      signal: this.stop.signal,
      log: { debug: this.#note('debug'), info: this.#note('info'), warn: this.#note('warn') },
      ...overrides,
    })
    return this.#reflector
  }

  /** Starts it, and waits until it is synced and the server has its watch. */
  async startWatching(overrides: Partial<ReflectorOptions<string>> = {}): Promise<void> {
    await this.start(overrides).synced
    await this.watches(1)
  }

  /** Waits for so many watches in all, the last of which is open on both sides. */
  async watches(count: number): Promise<void> {
    await eventually(
      () => this.server.count('watch') === count && this.server.openWatches === 1 && this.#opening === 0,
    )
  }

  put(name: string, value = '1'): void {
    this.server.history.put('shop', name, { value })
  }

  async hasCaughtUp(name: string, value = '1'): Promise<void> {
    await eventually(() => this.reflector.items().get(`shop/${name}`) === value)
  }

  /** The first delays between tries, in milliseconds, which are told to the log as they are made. */
  async delays(count: number): Promise<unknown[]> {
    const all = (): unknown[] =>
      this.logged.map(({ facts }) => facts['retryInMs']).filter((delay) => delay !== undefined)
    await eventually(() => all().length >= count)
    return all().slice(0, count)
  }

  async stopped(): Promise<void> {
    this.stop.abort()
    await this.reflector.done
  }

  async nothingMoreIsAsked(): Promise<void> {
    const before = this.server.asked.length
    await this.time.advance(3_600_000)
    await realSleep(30)
    expect(this.server.asked.length).toBe(before)
    expect(this.server.openWatches).toBe(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort()
    await this.#reflector?.done
    await this.client[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }

  #note(level: string) {
    return (facts: object, message: string): void => {
      this.logged.push({ level, message, facts: { ...facts } })
    }
  }
}
