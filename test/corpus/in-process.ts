import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { LightMyRequestResponse as Injected } from 'fastify'
import { makeHandler } from '../../src/admission/handle.ts'
import { DEFAULT_LIMITS } from '../../src/admission/limits.ts'
import { makeAdmissionServer } from '../../src/admission/server.ts'
import { readServingCertificate } from '../../src/certs/serving-certificate.ts'
import { testCertificates } from '../admission/a-server.ts'
import { openSocket, type RawAnswer } from '../admission/raw-socket.ts'
import { recordedEvents } from '../admission/recorded-events.ts'
import { bodyOf } from './ordinary-review.ts'
import { readCluster, SETTINGS } from './read-cluster.ts'
import { headersOf, type Target } from './target.ts'
import { KNOWN_FACTS, ungoverned } from '../admission/known-facts.ts'

/** How long a slow client may take in the corpus, so that its cases end. */
export const LIMITS = {
  ...DEFAULT_LIMITS,
  patience: { ...DEFAULT_LIMITS.patience, headersMs: 1500, requestMs: 2500, checkMs: 50 },
}

/** The server's own parts, called without a network but where a case is about bytes on a socket. */
export async function openInProcess(cluster: string): Promise<Target & AsyncDisposable> {
  const { ca, first } = await testCertificates()
  const certificate = readServingCertificate({ ...first, caPem: ca })
  const inventory = readCluster(cluster)
  const app = makeAdmissionServer({
    certificate: first,
    serves: (host) => certificate.serves(host),
    isDraining: () => false,
    isClosing: () => false,
    onShed: () => undefined,
    limits: LIMITS,
    handle: makeHandler({
      known: () => ungoverned(inventory),
      facts: KNOWN_FACTS,
      now: Date.now,
      lookUp: undefined,
      isRefusal: () => false,
      settings: SETTINGS,
      clock: () => performance.now(),
      events: recordedEvents(),
    }),
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  // a server that listens on a host and port has an address with both
  const { port } = app.server.address() as AddressInfo
  return {
    open: () => openSocket(port, { ca }),
    async send(request) {
      const body = bodyOf(request)
      const answer = await app.inject({
        method: request.method as 'POST',
        url: request.path,
        headers: { ...headersOf(request), ...(request.chunked ? { 'transfer-encoding': 'chunked' } : {}) },
        ...(request.method === 'POST' ? { payload: request.chunked ? Readable.from([body]) : body } : {}),
      })
      return toAnswer(answer)
    },
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

function toAnswer({ statusCode, headers, body }: Injected): RawAnswer {
  return {
    status: statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body,
  }
}
