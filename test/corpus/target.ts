import { post, type RawAnswer, type RawSocket } from '../admission/raw-socket.ts'
import { bodyOf, changedReview } from './ordinary-review.ts'
import type { RawRequest, Request } from './read-corpus.ts'

/** A server with one cluster's state, and one way to talk to it. */
export interface Target {
  readonly send: (request: Request) => Promise<RawAnswer>
  readonly open: () => Promise<RawSocket>
}

/** Says on a socket what a case says byte by byte; tells the answers, and whether the server closed. */
export async function sayRaw(
  { open }: Target,
  { raw }: RawRequest,
  { answers, closed }: { answers: number; closed: boolean },
): Promise<RawAnswer[]> {
  const socket = await open()
  for (const part of raw) {
    if (typeof part === 'string' || Buffer.isBuffer(part)) socket.send(part)
    else socket.send(...post(JSON.stringify(changedReview(part.post))))
  }
  if (closed) await socket.closed()
  const received = await socket.answers(answers)
  socket.destroy()
  return received
}

/** A request as it goes over a socket. */
export function onTheWire(request: Request): (string | Uint8Array)[] {
  const { method, path, chunked } = request
  const body = bodyOf(request)
  const length: Record<string, string> = chunked
    ? { 'transfer-encoding': 'chunked' }
    : { 'content-length': String(body.length) }
  const lines = Object.entries({ ...headersOf(request), ...(method === 'POST' ? length : {}) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
  return chunked ? [head, ...inChunks(body)] : [head, body]
}

/** Those that the API server sends, but for what a case says; an empty one is not sent. */
export function headersOf({ method, headers }: Request): Record<string, string> {
  const all = {
    host: 'localhost',
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    ...headers,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

const CHUNK = 64 * 1024

function* inChunks(body: Buffer): Iterable<string | Uint8Array> {
  for (let at = 0; at < body.length; at += CHUNK) {
    const chunk = body.subarray(at, at + CHUNK)
    yield `${chunk.length.toString(16)}\r\n`
    yield chunk
    yield '\r\n'
  }
  yield '0\r\n\r\n'
}
