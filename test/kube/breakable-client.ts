import { UnreachableError } from '../../src/kube/call-errors.ts'
import type { CallOptions, KubeClient } from '../../src/kube/kube-client.ts'
import { linkAbort } from '../../src/kube/linked-abort.ts'

/** A client whose network a test can take away. Works with any server, as it breaks nothing but our own side. */
export class BreakableClient implements KubeClient {
  readonly #inner: KubeClient
  readonly #open = new Set<AbortController>()
  #isDown = false

  constructor(inner: KubeClient) {
    this.#inner = inner
  }

  get server(): string {
    return this.#inner.server
  }

  /** Breaks what is open, and lets nothing through until `up`. */
  down(): void {
    this.#isDown = true
    this.cut()
  }

  up(): void {
    this.#isDown = false
  }

  /** Breaks what is open. */
  cut(): void {
    for (const controller of this.#open) controller.abort(new UnreachableError('the test pulled the plug'))
  }

  get: KubeClient['get'] = (path, options) =>
    this.#through(options, (inside) => this.#inner.get(path, inside))
  send: KubeClient['send'] = (method, path, body, options) => this.#inner.send(method, path, body, options)
  post: KubeClient['post'] = (path, body, options) => this.#inner.post(path, body, options)

  async watch(path: string, options: CallOptions = {}): Promise<AsyncIterable<string>> {
    const plug = this.#plug()
    const link = linkAbort(options.signal ?? new AbortController().signal)
    plug.signal.addEventListener('abort', () => link.abort(plug.signal.reason))
    const lines = await this.#inner.watch(path, { ...options, signal: link.signal })
    const open = this.#open
    return (async function* () {
      try {
        yield* lines
      } finally {
        open.delete(plug)
        link[Symbol.dispose]()
      }
    })()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]()
  }

  async #through<Result>(
    options: CallOptions = {},
    work: (options: CallOptions) => Promise<Result>,
  ): Promise<Result> {
    const plug = this.#plug()
    using link = linkAbort(options.signal ?? new AbortController().signal)
    plug.signal.addEventListener('abort', () => link.abort(plug.signal.reason))
    try {
      return await work({ ...options, signal: link.signal })
    } finally {
      this.#open.delete(plug)
    }
  }

  #plug(): AbortController {
    if (this.#isDown) throw new UnreachableError('the test pulled the plug')
    const plug = new AbortController()
    this.#open.add(plug)
    return plug
  }
}
