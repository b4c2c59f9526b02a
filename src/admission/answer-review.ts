import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AwaitedBodies } from './awaited-bodies.ts'
import { callerOf } from './caller.ts'
import { timeLimit } from './deadline.ts'
import type { Stage } from './decide-review.ts'
import type { Handler } from './handle.ts'
import type { ServerLimits } from './limits.ts'
import type { Pools } from './pools.ts'
import { discardBody, readBody } from './read-body.ts'
import { unavailable } from './reply.ts'
import { send } from './send-reply.ts'

export interface AnswerParts {
  readonly handle: Handler
  readonly limits: ServerLimits
  readonly pools: Pools
  readonly bodies: AwaitedBodies
  /** whether an answer within so many milliseconds would come too late */
  readonly isLate: (limitMs: number) => boolean
  /** a review was sent to another replica unread, because there is too much to do here */
  readonly onShed: (stage: Stage) => void
}

/** Answers a review within the limits; what is too much is handed over to another replica. */
export function makeAnswer({ handle, limits, pools, bodies, isLate, onShed }: AnswerParts) {
  const handOver = (stage: Stage, reply: FastifyReply): FastifyReply => {
    onShed(stage)
    return send(reply.header('connection', 'close'), unavailable('Overloaded'))
  }
  return async (stage: Stage, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const message = request.body as IncomingMessage
    const { timeout } = request.query as { timeout?: string | string[] }
    const limitMs = timeLimit(String(timeout), limits.decisionMs)
    if (isLate(limitMs)) {
      if (!bodies.isAwaited(message)) await discardBody(message, limits.bytes)
      return handOver(stage, reply)
    }
    const caller = callerOf(message.socket.remoteAddress ?? '')
    bodies.ask(message, reply.raw)
    const body = await readBody(message, limits, pools.bytes.of(caller))
    if ('reply' in body) {
      if (body.reply.status === 503) onShed(stage)
      // an unread rest would be taken for the next request
      return send(reply.header('connection', 'close'), body.reply)
    }
    using review = body
    // counted from here: a client that is slow to say what it wants takes no place from those who have
    const place = pools.inFlight.of(caller)
    if (place.take(1) !== undefined) return handOver(stage, reply)
    try {
      return send(reply, await handle(stage, review.value, limitMs, () => goneSignal(reply), request.headers))
    } finally {
      place.giveBack(1)
    }
  }
}

/** Fires when the caller goes away before its answer: what is asked for it then is asked for nobody. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  if (raw.destroyed) gone.abort()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort()
  })
  return gone.signal
}
