import type { IncomingMessage } from 'node:http'
import { JsonMeter, type JsonBounds } from './bounded-json.ts'
import { refusal, unavailable, type Reply } from './reply.ts'

/** The bytes of all bodies that are held while they are read, bounded so that many large ones cannot fill the memory. */
export interface ByteBudget {
  readonly most: number
  used: number
}

export interface BodyLimits {
  /** bytes of one body; the API server itself takes 3 MiB an object, and escapes may triple that */
  readonly bytes: number
  readonly json: JsonBounds
}

/**
 * Reads a request's body as JSON within limits. It parses with `JSON.parse` only, which assigns nothing from the input
 * (a key `__proto__` is an ordinary key) and takes every legal pod.
 *
 * @returns the value, or the reply to a body that exceeds a limit or is no JSON
 */
export async function readBody(
  message: IncomingMessage,
  limits: BodyLimits,
  budget: ByteBudget,
): Promise<{ readonly value: unknown } | { readonly reply: Reply }> {
  const meter = new JsonMeter(limits.json)
  const chunks: Buffer[] = []
  let size = 0
  let held = 0
  let overloaded = false
  try {
    // a server's stream without an encoding gives Buffers
    for await (const chunk of message as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limits.bytes) return { reply: refusal(413, 'BodyTooLarge') }
      if (!overloaded && budget.used + chunk.length > budget.most) {
        // what is held makes room for others, and the rest is read away, see discardBody
        overloaded = true
        chunks.length = 0
        budget.used -= held
        held = 0
      }
      if (overloaded) continue
      held += chunk.length
      budget.used += chunk.length
      const excess = meter.measure(chunk)
      if (excess !== undefined) return { reply: refusal(400, excess) }
      chunks.push(chunk)
    }
  } finally {
    budget.used -= held
  }
  if (overloaded) return { reply: unavailable('Overloaded') }
  if (size === 0) return { reply: refusal(400, 'EmptyBody') }
  const [only] = chunks
  return parse((chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString('utf8'))
}

/**
 * Reads a body away and keeps nothing. A connection that is closed while the client still writes is reset, and with it
 * goes the answer that should send the API server to another replica.
 *
 * @param most bytes; beyond them the answer may be lost
 */
export async function discardBody(message: IncomingMessage, most: number): Promise<void> {
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) return
  }
}

function parse(text: string): { readonly value: unknown } | { readonly reply: Reply } {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { reply: refusal(400, 'BadJSON') }
  }
}
