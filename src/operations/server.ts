import Fastify, { type FastifyInstance } from 'fastify'
import { checkReadiness, type ReadinessCheck } from './readiness.ts'

export interface MetricsText {
  readonly contentType: string
  metrics(): Promise<string>
}

export interface OperationsOptions {
  readonly checks: () => readonly ReadinessCheck[]
  /** none while the server starts */
  readonly metrics: () => MetricsText | undefined
  readonly version: { readonly version: string; readonly node: string }
}

/**
 * Plain HTTP for probes and Prometheus, on a port of its own so that nobody needs a certificate to ask whether the
 * server lives. `/livez` says only that the event loop turns, `/startupz` that all is opened and the webhook listens, which
 * waits for no cluster, and `/readyz` that reviews can be decided.
 */
export function makeOperationsServer({ checks, metrics, version }: OperationsOptions): FastifyInstance {
  const app = Fastify({ requestTimeout: 10_000, bodyLimit: 1024, forceCloseConnections: true })
  app.setNotFoundHandler(async (_request, reply) => reply.code(404).type('text/plain').send('not found\n'))
  app.get('/livez', async (_request, reply) => reply.type('text/plain').send('ok\n'))
  app.get('/startupz', async (_request, reply) => {
    const isStarted = metrics() !== undefined
    return reply
      .code(isStarted ? 200 : 503)
      .type('text/plain')
      .send(isStarted ? 'ok\n' : 'not started yet\n')
  })
  app.get('/readyz', async (request, reply) => {
    const { ready, text } = checkReadiness(checks())
    const verbose = !ready || Object.hasOwn(request.query as object, 'verbose')
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(verbose ? text : 'ok\n')
  })
  app.get('/metrics', async (_request, reply) => {
    const registry = metrics()
    if (registry === undefined) return reply.code(503).type('text/plain').send('not started yet\n')
    return reply.type(registry.contentType).send(await registry.metrics())
  })
  app.get('/version', async () => version)
  return app
}
