import { ApiError } from '../../src/kube/call-errors.ts'
import type { CallOptions, KubeClient } from '../../src/kube/kube-client.ts'

/** An API server that knows a few answers by path, and notes what it was asked. */
export class AnsweringClient implements KubeClient {
  readonly server = 'answers'
  readonly asked: string[] = []
  readonly headers: Readonly<Record<string, string>>[] = []
  readonly bodies: unknown[] = []
  readonly answers = new Map<string, unknown>()
  /** what is thrown instead of any answer, while it is set */
  failure: Error | undefined
  /** told before each answer */
  onAnswer: () => void = () => undefined
  /** what every answer waits for */
  gate: Promise<void> = Promise.resolve()

  /** @param answers by path; an error among them is thrown, and what is not among them is 404 */
  constructor(answers: Readonly<Record<string, unknown>> = {}) {
    for (const [path, answer] of Object.entries(answers)) this.answers.set(path, answer)
  }

  get: KubeClient['get'] = (path, options) => this.#answer(path, options)

  send: KubeClient['send'] = (method, path, body, options) => {
    this.bodies.push(body)
    return this.#answer(`${method} ${path}`, options)
  }

  post: KubeClient['post'] = (path, body, options) => this.send('POST', path, body, options)

  watch(): Promise<never> {
    return Promise.reject(new Error('answers only'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // there is no connection to close
  }

  async #answer(path: string, { headers = {}, signal }: CallOptions = {}): Promise<unknown> {
    this.asked.push(path)
    this.headers.push(headers)
    await this.gate
    signal?.throwIfAborted()
    this.onAnswer()
    if (this.failure) throw this.failure
    const answer = this.answers.get(path)
    if (answer instanceof Error) throw answer
    if (answer === undefined) throw notFound()
    return structuredClone(answer)
  }
}

export const notFound = (): ApiError =>
  new ApiError({ status: 404, reason: 'NotFound', message: 'not found' })
export const forbidden = (): ApiError =>
  new ApiError({ status: 403, reason: 'Forbidden', message: 'forbidden' })
