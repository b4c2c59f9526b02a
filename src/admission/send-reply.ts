import type { FastifyReply } from 'fastify'
import type { Reply } from './reply.ts'

export function send(reply: FastifyReply, { status, body, retryAfter, headers }: Reply): FastifyReply {
  if (headers !== undefined) reply.headers(headers)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  return reply.code(status).header('content-type', 'application/json').send(body)
}
