import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { timeLimit } from './deadline.ts'
import type { Stage } from './decide-review.ts'
import type { Handler } from './handle.ts'
import { discardBody, readBody, readBytes, type BodyLimits, type ByteBudget } from './read-body.ts'
import { refusal, unavailable, type Reply } from './reply.ts'

export interface ServerOptions {
  readonly certificate: { readonly certPem: string; readonly keyPem: string }
  readonly handle: Handler
  /** whether the serving certificate names the host of a `Host` header; another request has lost its way */
  readonly serves: (host: string) => boolean
  readonly isDraining: () => boolean
  /** whether drained long enough: nothing is answered any more but "try another replica" */
  readonly isClosing: () => boolean
  readonly limits: ServerLimits
  /** a review was sent to another replica unread, because there is too much to do here */
  readonly onShed: (stage: Stage) => void
  readonly sideDoor?: SideDoor | undefined
}

/** Another address on this port, for others than the API server. It sees a request first, and answers by rules of its own. */
export interface SideDoor {
  readonly path: string
  readonly answer: (request: SideRequest) => Promise<Reply>
}

/** A request of which nothing but the headers was read. */
export interface SideRequest {
  readonly method: string
  /** with its query */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string
  /** the body; nothing where it is longer than `most` bytes */
  readonly readBody: (most: number) => Promise<Buffer | undefined>
  /** reads the body away, so that an answer before it arrives */
  readonly discardBody: (most: number) => Promise<void>
}

export interface ServerLimits extends BodyLimits {
  /** reviews that are being decided at one time */
  readonly inFlight: number
  /** bytes of all bodies that are being read */
  readonly inFlightBytes: number
  /** milliseconds for one review where the API server does not say */
  readonly decisionMs: number
  readonly patience: Patience
}

/** How many milliseconds a client may take. */
export interface Patience {
  readonly handshakeMs: number
  readonly headersMs: number
  /** headers and body together */
  readonly requestMs: number
  /** between two requests */
  readonly idleMs: number
  /** how often Node looks for those that take longer */
  readonly checkMs: number
}

export const DEFAULT_LIMITS: ServerLimits = {
  bytes: 8 * 1024 * 1024,
  json: { depth: 200, tokens: 250_000 },
  inFlight: 500,
  inFlightBytes: 64 * 1024 * 1024,
  decisionMs: 4500,
  patience: {
    handshakeMs: 5000,
    headersMs: 10_000,
    requestMs: 15_000,
    // Go keeps idle connections 90 s: closing first would cut a review that is on its way
    idleMs: 120_000,
    // Node's own 30 s would let slow clients live that long
    checkMs: 1000,
  },
}

const LONGEST_HEADERS = 8192
const MOST_HEADERS = 50
const MOST_CONNECTIONS = 2000

const STAGES: readonly Stage[] = ['mutate', 'validate', 'workloads', 'protect']

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i
const OTHER_METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export type AdmissionServer = FastifyInstance<Server>

/** What a TLS handshake rests on. A renewed certificate is set together with all of it, or the rest would be forgotten. */
export function secureOptions({ certPem, keyPem }: ServerOptions['certificate']): SecureContextOptions {
  return { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' }
}

/**
 * The admission server: HTTP/1.1 over TLS, as the API server speaks to webhooks. It never listens by itself.
 */
export function makeAdmissionServer(options: ServerOptions): AdmissionServer {
  const { patience } = options.limits
  const app = Fastify({
    https: {
      ...secureOptions(options.certificate),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: patience.handshakeMs,
      connectionsCheckingInterval: patience.checkMs,
      maxHeaderSize: LONGEST_HEADERS,
    },
    keepAliveTimeout: patience.idleMs,
    requestTimeout: patience.requestMs,
    bodyLimit: options.limits.bytes,
    return503OnClosing: false,
    forceCloseConnections: false,
    // a path that cannot be decoded fails before any hook; fastify's own answer repeats the path
    frameworkErrors: (_error, _request, reply) => void send(reply, refusal(400, 'BadRequest')),
  })
  app.server.headersTimeout = patience.headersMs
  app.server.maxConnections = MOST_CONNECTIONS
  app.server.maxHeadersCount = MOST_HEADERS

  passBodiesThrough(app)
  answerFailuresShortly(app)
  // hooks with callbacks: async ones would cost every review some turns of promises
  const { sideDoor } = options
  const isAside = (message: IncomingMessage): boolean => pathOf(message) === sideDoor?.path
  const unasked = askForBodiesLate(app, isAside)
  app.addHook('onRequest', (request, reply, done) => {
    if (sideDoor !== undefined && isAside(request.raw)) {
      void answerAside(sideDoor, request.raw, reply, unasked)
      return
    }
    const refused = options.isClosing() ? unavailable('Draining') : refusedByHeaders(options, request)
    if (refused === undefined) done()
    else void refuseEarly(options, refused, request, reply)
  })
  app.addHook('onSend', (_request, reply, _body, done) => {
    if (options.isDraining()) reply.header('connection', 'close')
    done()
  })

  const answer = makeAnswer(options)
  for (const stage of STAGES) {
    app.post(`/${stage}`, (request, reply) => answer(stage, request, reply))
    app.route({
      method: OTHER_METHODS,
      url: `/${stage}`,
      handler: async (_request, reply) =>
        send(reply.header('allow', 'POST'), refusal(405, 'MethodNotAllowed')),
    })
  }
  return app
}

/** Fastify's own parser refuses legal pods (a key `__proto__`) and takes text: bodies are read by read-body.ts. */
function passBodiesThrough(app: AdmissionServer): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', (_request, payload, done) => done(null, payload))
}

/** What goes wrong before a handler runs is told in one word: nothing of the input goes back. */
function answerFailuresShortly(app: AdmissionServer): void {
  app.setNotFoundHandler(async (_request, reply) => send(reply, refusal(404, 'NotFound')))
  app.setErrorHandler(async (error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500
    return send(
      reply,
      status === 413
        ? refusal(413, 'BodyTooLarge')
        : refusal(status < 500 ? status : 500, status < 500 ? 'BadRequest' : 'InternalError'),
    )
  })
}

/** What headers tell already, before a byte of the body is read. */
function refusedByHeaders(
  { serves, limits }: ServerOptions,
  { headers, method }: FastifyRequest,
): Reply | undefined {
  if (!serves(headers.host ?? '')) return refusal(421, 'MisdirectedRequest')
  if (method !== 'POST') return undefined
  const readable = JSON_TYPE.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined
  if (!readable) return refusal(415, 'UnsupportedMediaType')
  const tooLarge = Number(headers['content-length'] ?? 0) > limits.bytes
  return tooLarge ? refusal(413, 'BodyTooLarge') : undefined
}

/** A body is read only where the answer must arrive. */
async function refuseEarly(
  { limits }: ServerOptions,
  refused: Reply,
  { raw }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (refused.status === 503) await discardBody(raw, limits.bytes).catch(() => undefined)
  if (refused.status === 413) reply.header('connection', 'close')
  void send(reply, refused)
}

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

/**
 * A client may ask before it sends a body (`Expect: 100-continue`). By itself Node says yes to everything, also to what
 * the headers tell is too large.
 *
 * @returns requests whose body was not asked for yet
 */
function askForBodiesLate(
  app: AdmissionServer,
  isLate: (message: IncomingMessage) => boolean,
): WeakSet<IncomingMessage> {
  const unasked = new WeakSet<IncomingMessage>()
  app.server.on('checkContinue', (message, response) => {
    if (isLate(message)) unasked.add(message)
    else response.writeContinue()
    app.server.emit('request', message, response)
  })
  return unasked
}

async function answerAside(
  { answer }: SideDoor,
  raw: IncomingMessage,
  reply: FastifyReply,
  unasked: WeakSet<IncomingMessage>,
): Promise<void> {
  const { method = '', url = '', headers, socket } = raw
  const answered = await answer({
    method,
    url,
    headers,
    remoteAddress: socket.remoteAddress ?? '',
    readBody: (most) => {
      if (unasked.delete(raw)) reply.raw.writeContinue()
      return readBytes(raw, most)
    },
    discardBody: async (most) => {
      if (!unasked.has(raw)) await discardBody(raw, most)
    },
  }).catch(() => refusal(500, 'InternalError'))
  // an unread rest would be taken for the next request
  if (!raw.complete) reply.header('connection', 'close')
  void send(reply, answered)
}

function makeAnswer({ handle, limits, onShed }: ServerOptions) {
  const budget: ByteBudget = { most: limits.inFlightBytes, used: 0 }
  let inFlight = 0
  return async (stage: Stage, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const body = await readBody(request.body as IncomingMessage, limits, budget)
    if ('reply' in body) {
      if (body.reply.status === 503) onShed(stage)
      // an unread rest would be taken for the next request
      return send(reply.header('connection', 'close'), body.reply)
    }
    using review = body
    // counted from here: a client that is slow to say what it wants takes no place from those who have
    if (inFlight >= limits.inFlight) {
      onShed(stage)
      return send(reply.header('connection', 'close'), unavailable('Overloaded'))
    }
    inFlight += 1
    try {
      const { timeout } = request.query as { timeout?: string | string[] }
      return send(reply, await handle(stage, review.value, timeLimit(String(timeout), limits.decisionMs)))
    } finally {
      inFlight -= 1
    }
  }
}

function send(reply: FastifyReply, { status, body, retryAfter, headers }: Reply): FastifyReply {
  if (headers !== undefined) reply.headers(headers)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  return reply.code(status).header('content-type', 'application/json').send(body)
}
