import type { Dispatcher } from 'undici'
import type { KubeConfig } from '@kubernetes/client-node'
import { type Agents, poolAgents } from './agents.ts'
import { readApiError, UnreachableError, UnreadableAnswer } from './call-errors.ts'
import { readCredentials } from './credentials.ts'
import type { CallOptions, KubeClient, Query, SendOptions } from './kube-client.ts'
import { type KubeConfigChoice, loadKubeConfig } from './kube-config.ts'
import { orAborted } from './linked-abort.ts'
import { splitLines } from './split-lines.ts'
import { readWarnings } from './warning-header.ts'

export { KubeConfigError } from './kube-config.ts'

/** How long the server may take to begin its answer, or, of a call, to go on with it. A dead connection shows here. */
const SILENCE_MS = 30_000

/** As much of an error's body as is read. */
const LONGEST_ERROR = 64 * 1024

const USER_AGENT = 'dapr-shared-admission'

/**
 * Makes a client for the cluster that the kubeconfig, or the pod, leads to (see loadKubeConfig). Asks the server
 * nothing yet: whether it answers is seen by the first call, so that a program can start before its cluster. Throws
 * `KubeConfigError`.
 *
 * Import this file with `import()` where a cluster is wanted: client-node brings 85 MB that offline commands need not
 * pay. Whoever only uses a client needs the types of kube-client.ts, no more.
 */
export async function connect(choice: KubeConfigChoice = {}): Promise<KubeClient> {
  const load = (): KubeConfig => loadKubeConfig(choice, process.env)
  const config = load()
  const server = config.getCurrentCluster()?.server ?? ''
  const credentials = readCredentials(config, load)
  const pool = poolAgents()

  /** One request up to the head of its answer, if that is a good one. */
  async function request(
    connections: keyof Agents,
    method: Dispatcher.HttpMethod,
    path: string,
    { query = {}, headers = {}, signal, contentType = 'application/json', onWarnings, onDate }: SendOptions,
    body?: string,
  ): Promise<Dispatcher.ResponseData['body']> {
    const { headers: identity, transport } = await orAborted(credentials.current(), signal)
    const agent = pool.agentsFor(transport)[connections]
    const asked = agent.request({
      origin: transport.server.origin,
      path: pathOf(transport.server, path, query),
      method,
      headers: {
        accept: 'application/json',
        'user-agent': USER_AGENT,
        ...(body === undefined ? {} : { 'content-type': contentType }),
        ...identity,
        ...headers,
      },
      headersTimeout: SILENCE_MS,
      bodyTimeout: connections === 'watches' ? 0 : SILENCE_MS,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    })
    const answer = await reached(asked, signal)
    const { statusCode, body: stream } = answer
    onWarnings?.(readWarnings(answer.headers['warning']))
    const date = Date.parse(headerOf(answer.headers['date']) ?? '')
    if (!Number.isNaN(date)) onDate?.(date)
    if (statusCode >= 200 && statusCode < 300) return stream

    if (statusCode === 401) credentials.refused()
    throw readApiError(
      statusCode,
      headerOf(answer.headers['retry-after']),
      await reached(readStart(stream), signal),
    )
  }

  async function reached<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    try {
      return await orAborted(work, signal)
    } catch (error) {
      throw asUnreachable(error, signal)
    }
  }

  function asUnreachable(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return signal.reason
    return new UnreachableError(`${server} cannot be reached: ${reasonOf(error)}`, { cause: error })
  }

  async function* linesOf(
    stream: Dispatcher.ResponseData['body'],
    signal?: AbortSignal,
  ): AsyncGenerator<string> {
    try {
      yield* splitLines(stream)
    } catch (error) {
      throw error instanceof UnreadableAnswer ? error : asUnreachable(error, signal)
    }
  }

  async function send(
    method: Dispatcher.HttpMethod,
    path: string,
    body?: unknown,
    options: SendOptions = {},
  ): Promise<unknown> {
    const json = body === undefined ? undefined : JSON.stringify(body)
    const stream = await request('calls', method, path, options, json)
    return parseBody(await reached(stream.text(), options.signal))
  }

  return {
    server,
    get: (path, options) => send('GET', path, undefined, options),
    send,
    post: (path, body, options) => send('POST', path, body, options),
    async watch(path, options: CallOptions = {}) {
      const query = { ...options.query, watch: 'true' }
      return linesOf(await request('watches', 'GET', path, { ...options, query }), options.signal)
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
    },
  }
}

// The kubeconfig's address may have a path of its own, as behind Rancher.
function pathOf(server: URL, path: string, query: Query): string {
  const search = new URLSearchParams(query).toString()
  return server.pathname.replace(/\/$/, '') + path + (search === '' ? '' : `?${search}`)
}

function parseBody(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Neither the text nor the cause, in which V8 quotes it: it may be that of a Secret.
    throw new UnreadableAnswer(
      `an answer of ${text.length} characters is not JSON: is this a Kubernetes API server?`,
    )
  }
}

async function readStart(stream: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= LONGEST_ERROR) break
  }
  return Buffer.concat(chunks).toString('utf8', 0, LONGEST_ERROR)
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

// A host with several addresses fails with an AggregateError, whose own message is empty.
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}
