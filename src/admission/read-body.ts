import type { IncomingMessage } from 'node:http'
import { JsonMeter, type JsonBounds } from './bounded-json.ts'
import { refusal, unavailable, type Reply } from './reply.ts'
import type { Share } from './shares.ts'

/** A parsed body. Its bytes count until it is disposed of: a review may wait for a look-up, and be many. */
export interface ReadBody extends Disposable {
  readonly value: unknown
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
 * @param budget bytes of all bodies that are held, bounded so that many large ones cannot fill the memory
 * @returns the value, or the reply to a body that exceeds a limit or is no JSON
 */
export async function readBody(
  message: IncomingMessage,
  limits: BodyLimits,
  budget: Share,
): Promise<ReadBody | { readonly reply: Reply }> {
  const meter = new JsonMeter(limits.json)
  const chunks: Buffer[] = []
  let size = 0
  let held = 0
  let overloaded = false
  const giveBack = (): void => {
    if (held > 0) budget.giveBack(held)
    held = 0
  }
  const take = (chunk: Buffer): Reply | undefined => {
    size += chunk.length
    if (size > limits.bytes) return refusal(413, 'BodyTooLarge')
    if (!overloaded && budget.take(chunk.length) !== undefined) {
      // what is held makes room for others, and the rest is read away, see discardBody
      overloaded = true
      chunks.length = 0
      giveBack()
    }
    if (overloaded) return undefined
    held += chunk.length
    chunks.push(chunk)
    const excess = meter.measure(chunk)
    return excess === undefined ? undefined : refusal(400, excess)
  }
  try {
    const reply = await firstAnswer(message, take)
    if (reply !== undefined) return { reply }
    if (overloaded) return { reply: unavailable('Overloaded') }
    if (size === 0) return { reply: refusal(400, 'EmptyBody') }
    const [only] = chunks
    const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    const kept = held
    held = 0
    return { value, [Symbol.dispose]: () => budget.giveBack(kept) }
  } catch (error) {
    if (error instanceof SyntaxError) return { reply: refusal(400, 'BadJSON') }
    throw error
  } finally {
    giveBack()
  }
}

/**
 * Reads a body away and keeps nothing. A connection that is closed while the client still writes is reset, and with it
 * goes the answer that should send the API server to another replica.
 *
 * @param most bytes; beyond them the answer may be lost
 */
export async function discardBody(message: IncomingMessage, most: number): Promise<void> {
  let size = 0
  await firstAnswer(message, (chunk) => {
    size += chunk.length
    return size > most ? true : undefined
  })
}

/**
 * Reads a body whole.
 *
 * @param most bytes
 * @returns nothing where it is longer; the rest stays unread
 */
export async function readBytes(message: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  const tooLong = await firstAnswer(message, (chunk) => {
    size += chunk.length
    if (size > most) return true
    chunks.push(chunk)
    return undefined
  })
  return tooLong === true ? undefined : Buffer.concat(chunks)
}

/**
 * Shows the chunks of a stream to `take` until it answers something, or to the end. By events, which cost a review
 * less than half of what async iteration does.
 */
function firstAnswer<T>(
  message: IncomingMessage,
  take: (chunk: Buffer) => T | undefined,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    // what has happened already is not told again
    if (message.readableEnded) return resolve(undefined)
    if (message.destroyed) return reject(new Error('the client went away'))
    // a server's stream without an encoding gives Buffers
    const show = (chunk: Buffer): void => {
      const answer = take(chunk)
      if (answer === undefined) return
      message.off('data', show).pause()
      resolve(answer)
    }
    message.on('data', show)
    // what was answered before its end is paused
    message.resume()
    message.on('end', () => resolve(undefined))
    message.on('error', reject)
    message.on('close', () => {
      if (!message.readableEnded) reject(new Error('the client went away'))
    })
  })
}
