/** Query parameters of one request, not yet escaped. */
export type Query = Readonly<Record<string, string>>

export interface CallOptions {
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** is given the server's own clock, in milliseconds since the epoch, where its answer tells it (to the second) */
  readonly onDate?: (now: number) => void
}

/** What PUT, PATCH and POST take besides. */
export interface SendOptions extends CallOptions {
  /** `application/json` unless told: a patch must name its kind, as `application/apply-patch+yaml` */
  readonly contentType?: string
  /** is given what the server says beside its answer, a good one or not: the texts of its `Warning` headers */
  readonly onWarnings?: (texts: readonly string[]) => void
}

/**
 * The few ways in which this program talks with a Kubernetes API server. Paths are those of the API, `/api/v1/pods`.
 *
 * A call fails with `ApiError` (the server said no), `UnreachableError` (no answer came, or it broke off),
 * `UnreadableAnswer` (an answer that is not what the API promises), `KubeConfigError` (no usable credentials), or with
 * the reason of its own aborted signal.
 */
export interface KubeClient {
  /** `https://host:port` and the path in front of the API, if any. For messages, not for building URLs. */
  readonly server: string

  /** The parsed body. */
  get(path: string, options?: CallOptions): Promise<unknown>

  /** Any other verb; the parsed body of the answer. `body` is sent as JSON, which is YAML, too. */
  send(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    options?: SendOptions,
  ): Promise<unknown>

  post(path: string, body: unknown, options?: SendOptions): Promise<unknown>

  /**
   * Opens a watch; `watch=true` is added. Resolves when the server has agreed to it, and then yields one line after
   * the other, without its newline. The lines end when the server closes the watch in good order; a broken connection,
   * a half line at the end and a line over the limit are thrown. Leaving the loop closes the connection. There is no
   * time limit on silence here: the caller aborts.
   */
  watch(path: string, options?: CallOptions): Promise<AsyncIterable<string>>

  /** Breaks off whatever is under way, and closes all connections. */
  [Symbol.asyncDispose](): Promise<void>
}
