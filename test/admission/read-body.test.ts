import type { IncomingMessage } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { discardBody, readBody, type BodyLimits } from '../../src/admission/read-body.ts'
import { makePool, type Share } from '../../src/admission/shares.ts'
import { PATIENCE, PATIENT } from './patience.ts'

vi.setConfig(PATIENT)

const LIMITS: BodyLimits = { bytes: 1000, json: { depth: 10, tokens: 50 } }

// of a message only the stream is read
const messageOf = (stream: Readable): IncomingMessage => stream as IncomingMessage
const arriving = (...chunks: (string | Buffer)[]): IncomingMessage =>
  messageOf(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))

/** Bytes that all bodies of one caller may hold. */
function budgetOf(most: number): Share & { readonly used: number } {
  const pool = makePool(most)
  return {
    ...pool.of('a caller'),
    get used() {
      return pool.used()
    },
  }
}

/** Reads within LIMITS, and tells what the byte budget holds when all is done. */
async function read(message: IncomingMessage, most = 1_000_000) {
  const budget = budgetOf(most)
  const body = await readBody(message, LIMITS, budget)
  if ('reply' in body) return { reply: body.reply, leftInBudget: budget.used }
  const { value } = body
  body[Symbol.dispose]()
  return { value, leftInBudget: budget.used }
}

/** The value of a body that fits, whose bytes are given back at once. */
async function valueOf(message: IncomingMessage, budget: Share): Promise<unknown> {
  const body = await readBody(message, LIMITS, budget)
  if ('reply' in body) throw new Error(body.reply.body)
  const { value } = body
  body[Symbol.dispose]()
  return value
}

const refusedWith = (status: number, error: string) => ({
  reply: { status, body: JSON.stringify({ error }) },
  leftInBudget: 0,
})

describe('a body within the limits', () => {
  test('is read from one chunk', async () => {
    expect(await read(arriving('{"a":[1,2]}'))).toEqual({ value: { a: [1, 2] }, leftInBudget: 0 })
  })

  test('is read from chunks that end anywhere, inside a letter too', async () => {
    const bytes = Buffer.from('{"name":"€𝄞"}')
    for (let cut = 1; cut < bytes.length; cut++) {
      const body = await read(arriving(bytes.subarray(0, cut), bytes.subarray(cut)))
      expect(body).toEqual({ value: { name: '€𝄞' }, leftInBudget: 0 })
    }
  })

  test('may be as long as the limit', async () => {
    expect(await read(arriving(JSON.stringify('x'.repeat(998))))).toMatchObject({ value: 'x'.repeat(998) })
  })

  test('keeps __proto__ an ordinary key', async () => {
    const body = await read(
      arriving('{"__proto__":{"allowed":true},"constructor":{"prototype":{"allowed":true}}}'),
    )
    const value = 'value' in body ? (body.value as object) : {}
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(({} as { allowed?: true }).allowed).toBeUndefined()
  })

  test('may have bytes that are no UTF-8: they become a replacement character', async () => {
    expect(await read(arriving(Buffer.from([0x22, 0xc0, 0xaf, 0x22])))).toMatchObject({
      value: '\uFFFD\uFFFD',
    })
  })
})

describe('a body that is refused', () => {
  test.each<[string, string | Buffer, number, string]>([
    ['nothing', '', 400, 'EmptyBody'],
    ['half an object', '{', 400, 'BadJSON'],
    ['zeros', Buffer.alloc(900), 400, 'BadJSON'],
    ['a raw NUL inside a string', '"\0"', 400, 'BadJSON'],
    ['a byte order mark', '\uFEFF{}', 400, 'BadJSON'],
    ['something after the value', '{} {}', 400, 'BadJSON'],
    ['one byte too much', JSON.stringify('x'.repeat(999)), 413, 'BodyTooLarge'],
    ['too many levels', '['.repeat(11), 400, 'TooDeep'],
    ['too many values', `[${'1,'.repeat(60)}1]`, 400, 'TooComplex'],
  ])('%s', async (_name, text, status, error) => {
    expect(await read(arriving(text))).toEqual(refusedWith(status, error))
  })

  test('is refused as soon as the limit is passed, however much would follow', async () => {
    let asked = 0
    const endless = new Readable({
      read() {
        asked += 1
        this.push(Buffer.alloc(100, 0x20))
      },
    })
    expect(await read(messageOf(endless))).toEqual(refusedWith(413, 'BodyTooLarge'))
    expect(asked).toBeLessThan(2000)
  })
})

describe('the bytes that all bodies may hold together', () => {
  const overloaded = {
    reply: { status: 503, body: '{"error":"Overloaded"}', retryAfter: 1 },
    leftInBudget: 0,
  }
  const other = (): IncomingMessage => arriving(`"${'y'.repeat(98)}"`)

  test('a body that does not fit is handed over, and one that comes after the first is served again', async () => {
    const budget = budgetOf(150)
    const slow = new PassThrough()
    const first = valueOf(messageOf(slow), budget)
    slow.write(`"${'x'.repeat(99)}`)
    await expect.poll(() => budget.used, PATIENCE).toBe(100)

    expect(await readBody(other(), LIMITS, budget)).toEqual({ reply: overloaded.reply })
    expect(budget.used).toBe(100)

    slow.end('"')
    expect(await first).toEqual('x'.repeat(99))
    expect(budget.used).toBe(0)
    expect(await valueOf(other(), budget)).toBe('y'.repeat(98))
  })

  test('a body counts until its review is answered', async () => {
    const budget = budgetOf(150)
    const body = await readBody(other(), LIMITS, budget)
    if ('reply' in body) throw new Error(body.reply.body)
    expect(budget.used).toBe(100)
    expect(await readBody(other(), LIMITS, budget)).toEqual({ reply: overloaded.reply })
    body[Symbol.dispose]()
    expect(budget.used).toBe(0)
  })

  test('a body that does not fit is read to its end: closing earlier would lose the answer', async () => {
    const chunks = Array.from({ length: 9 }, () => 'x'.repeat(100))
    const message = arriving(...chunks)
    expect(await read(message, 150)).toEqual(overloaded)
    expect(message.readableEnded).toBe(true)
  })

  test('while it is read to its end, what it held makes room for others', async () => {
    const budget = budgetOf(150)
    const slow = new PassThrough()
    const first = readBody(messageOf(slow), LIMITS, budget)
    slow.write('x'.repeat(100))
    await expect.poll(() => budget.used, PATIENCE).toBe(100)
    slow.write('x'.repeat(100))
    await expect.poll(() => budget.used, PATIENCE).toBe(0)
    slow.write('x'.repeat(100))
    expect(await valueOf(other(), budget)).toBe('y'.repeat(98))
    expect(budget.used).toBe(0)
    slow.end()
    expect(await first).toEqual({ reply: overloaded.reply })
    expect(budget.used).toBe(0)
  })

  test('a body that is too large is refused even so', async () => {
    expect(await read(arriving('x'.repeat(500), 'x'.repeat(501)), 150)).toEqual(
      refusedWith(413, 'BodyTooLarge'),
    )
  })

  test.each([undefined, new Error('aborted')])(
    'a client that goes away gives its bytes back: %s',
    async (error) => {
      const budget = budgetOf(150)
      const stream = new PassThrough()
      const reading = readBody(messageOf(stream), LIMITS, budget)
      stream.write('"abc')
      await expect.poll(() => budget.used, PATIENCE).toBe(4)
      stream.destroy(error)
      await expect(reading).rejects.toThrow(error ?? 'the client went away')
      expect(budget.used).toBe(0)
    },
  )
})

describe('a body that is read away', () => {
  test('ends', async () => {
    const message = arriving('x'.repeat(500), 'y'.repeat(500))
    await discardBody(message, 1000)
    expect(message.readableEnded).toBe(true)
  })

  test('is given up beyond a limit', async () => {
    let asked = 0
    const endless = new Readable({
      read() {
        asked += 1
        this.push(Buffer.alloc(100))
      },
    })
    await discardBody(messageOf(endless), 1000)
    const asOfThen = asked
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toBe(asOfThen)
  })
})
