import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { AwaitedBodies } from './awaited-bodies.ts'
import { discardBody, readBytes } from './read-body.ts'
import { refusal, type Reply } from './reply.ts'
import { send } from './send-reply.ts'

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

export function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

export async function answerAside(
  { answer }: SideDoor,
  raw: IncomingMessage,
  reply: FastifyReply,
  bodies: AwaitedBodies,
): Promise<void> {
  const { method = '', url = '', headers, socket } = raw
  const answered = await answer({
    method,
    url,
    headers,
    remoteAddress: socket.remoteAddress ?? '',
    readBody: (most) => {
      bodies.ask(raw, reply.raw)
      return readBytes(raw, most)
    },
    discardBody: async (most) => {
      if (!bodies.isAwaited(raw)) await discardBody(raw, most)
    },
  }).catch(() => refusal(500, 'InternalError'))
  // an unread rest would be taken for the next request
  if (!raw.complete) reply.header('connection', 'close')
  void send(reply, answered)
}
