import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { makeAnswer } from './answer-review.ts'
import { awaitBodies, type AwaitedBodies } from './awaited-bodies.ts'
import { limitConnections } from './connections.ts'
import type { Stage } from './decide-review.ts'
import { unguarded, type Guard } from './guard.ts'
import type { Handler } from './handle.ts'
import type { ServerLimits } from './limits.ts'
import { discardBody } from './read-body.ts'
import { refusal, unavailable, type Reply } from './reply.ts'
import { send } from './send-reply.ts'
import { answerAside, pathOf, type SideDoor } from './side-door.ts'

/** A serving certificate, and the CAs of client certificates where callers must have one. */
export interface ServerCertificates {
  readonly certPem: string
  readonly keyPem: string
  /** PEM */
  readonly clientCaPem?: string | undefined
}

export interface ServerOptions {
  readonly certificate: ServerCertificates
  readonly handle: Handler
  /** whether the serving certificate names the host of a `Host` header; another request has lost its way */
  readonly serves: (host: string) => boolean
  readonly isDraining: () => boolean
  /** whether drained long enough: nothing is answered any more but "try another replica" */
  readonly isClosing: () => boolean
  readonly limits: ServerLimits
  readonly guard?: Partial<Guard>
  /** a review was sent to another replica unread, because there is too much to do here */
  readonly onShed: (stage: Stage) => void
  readonly sideDoor?: SideDoor | undefined
}

const LONGEST_HEADERS = 8192
const MOST_HEADERS = 50

const STAGES: readonly Stage[] = ['mutate', 'validate', 'workloads', 'protect']

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i
const OTHER_METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export type AdmissionServer = FastifyInstance<Server>

/** What a TLS handshake rests on. A renewed certificate is set together with all of it, or the rest would be forgotten. */
export function secureOptions({ certPem, keyPem, clientCaPem }: ServerCertificates): SecureContextOptions {
  return {
    cert: certPem,
    key: keyPem,
    minVersion: 'TLSv1.2',
    // a session that is taken up again was checked against the CA of its beginning; the API server takes none up
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(clientCaPem === undefined ? {} : { ca: clientCaPem }),
  }
}

/**
 * The admission server: HTTP/1.1 over TLS, as the API server speaks to webhooks. It never listens by itself.
 */
export function makeAdmissionServer(options: ServerOptions): AdmissionServer {
  const { patience } = options.limits
  const guard = { ...unguarded(options.limits), ...options.guard }
  const app = Fastify({
    https: {
      ...secureOptions(options.certificate),
      // not refused in the handshake: the side door asks for tokens, and whoever is refused is told why
      requestCert: options.certificate.clientCaPem !== undefined,
      rejectUnauthorized: false,
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
  app.server.maxHeadersCount = MOST_HEADERS
  limitConnections(app.server, {
    pools: guard.pools,
    handshakeMs: patience.handshakeMs,
    onRefused: guard.onConnectionRefused,
  })

  passBodiesThrough(app)
  answerFailuresShortly(app)
  // hooks with callbacks: async ones would cost every review some turns of promises
  const { sideDoor } = options
  const isAside = (message: IncomingMessage): boolean => pathOf(message) === sideDoor?.path
  const bodies = awaitBodies(app.server)
  app.addHook('onRequest', (request, reply, done) => {
    if (sideDoor !== undefined && isAside(request.raw)) {
      void answerAside(sideDoor, request.raw, reply, bodies)
      return
    }
    const refused =
      refusedByClient(guard, request.raw) ??
      (options.isClosing() ? unavailable('Draining') : refusedByHeaders(options, request))
    if (refused === undefined) done()
    else void refuseEarly(options, refused, request, reply, bodies)
  })
  app.addHook('onSend', ({ raw }, reply, _body, done) => {
    // what comes after an answer to headers alone may be the body, or another request
    if (options.isDraining() || bodies.isAwaited(raw)) reply.header('connection', 'close')
    done()
  })

  const answer = makeAnswer({ ...options, ...guard, bodies })
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

/** Who may not ask learns nothing of us, not even that we are going. */
function refusedByClient(
  { clientRefusal, onClientRefused }: Guard,
  { socket }: IncomingMessage,
): Reply | undefined {
  const reason = clientRefusal(socket)
  if (reason === undefined) return undefined
  onClientRefused(reason)
  return refusal(403, 'ClientCertificateRequired')
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
  bodies: AwaitedBodies,
): Promise<void> {
  if (refused.status === 503 && !bodies.isAwaited(raw))
    await discardBody(raw, limits.bytes).catch(() => undefined)
  if (refused.status === 413 || refused.status === 403) reply.header('connection', 'close')
  void send(reply, refused)
}
