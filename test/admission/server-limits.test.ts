import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Handler } from '../../src/admission/handle.ts'
import { verdict } from '../../src/admission/reply.ts'
import { runServer, testCertificates } from './a-server.ts'
import { post } from './raw-socket.ts'
import { PATIENCE, PATIENT } from './patience.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const chunked = (...chunks: string[]): string =>
  chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
const CHUNKED_HEAD =
  'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'

/** A handler that answers when it is released. */
function held() {
  const waiting: (() => void)[] = []
  const handle: Handler = () =>
    new Promise((resolve) => waiting.push(() => resolve(verdict('{"admitted":true}'))))
  return { handle, waiting, release: () => waiting.splice(0).forEach((answer) => answer()) }
}

describe('the size of a body', () => {
  test('a declared one is refused before a byte of it is read', async () => {
    const { open } = await runServer({ limits: { bytes: 1000 } })
    const socket = await open()
    const [head = ''] = post('', { headers: { 'Content-Length': '1001' } })
    socket.send(head)
    const [answer] = await socket.answers(1)
    expect(answer).toMatchObject({
      status: 413,
      body: '{"error":"BodyTooLarge"}',
      headers: { connection: 'close' },
    })
    await socket.closed()
  })

  test('one in chunks is refused when it passes the limit, though more is to come', async () => {
    const { open } = await runServer({ limits: { bytes: 1000 } })
    const socket = await open()
    socket.send(CHUNKED_HEAD, chunked(' '.repeat(600), ' '.repeat(401)))
    const [answer] = await socket.answers(1)
    expect(answer).toMatchObject({ status: 413, body: '{"error":"BodyTooLarge"}' })
    await socket.closed()
  })

  test('one at the limit is read, in chunks too', async () => {
    const { open } = await runServer({ limits: { bytes: 1000 } })
    const socket = await open()
    const body = JSON.stringify('x'.repeat(998))
    socket.send(...post(body), CHUNKED_HEAD, chunked(body.slice(0, 333), body.slice(333)), '0\r\n\r\n')
    expect((await socket.answers(2)).map(({ status }) => status)).toEqual([200, 200])
  })

  test('what stands behind a refused body is no request', async () => {
    const handle = vi.fn<Handler>(() => verdict('{}'))
    const { open } = await runServer({ handle, limits: { json: { depth: 3, tokens: 1000 } } })
    const socket = await open()
    socket.send(...post(`[[[[${post('{}').join('')}`))
    const [answer] = await socket.answers(1)
    expect(answer).toMatchObject({ status: 400, body: '{"error":"TooDeep"}' })
    await socket.closed()
    expect(handle).not.toHaveBeenCalled()
  })
})

describe('hostile bodies', () => {
  test('many at once are refused, and a good review among them is answered', async () => {
    const { open } = await runServer()
    const hostile = `[${'{},'.repeat(300_000)}{}]`
    const sockets = await Promise.all(Array.from({ length: 20 }, open))
    const good = await open()
    for (const socket of sockets) socket.send(...post(hostile))
    good.send(...post('{}'))
    expect(await good.answers(1)).toMatchObject([{ status: 200 }])
    const answers = await Promise.all(sockets.map((socket) => socket.answers(1)))
    expect(answers.flat().map(({ body }) => body)).toEqual(answers.map(() => '{"error":"TooComplex"}'))
  })
})

describe('reviews at one time', () => {
  test('what is too many is handed over, and the next is served when one ends', async () => {
    const { handle, waiting, release } = held()
    const { open } = await runServer({ handle, limits: { inFlight: 3 } })
    const [first, second, third] = [await open(), await open(), await open()]
    first.send(...post('{}'))
    second.send(...post('{}'))
    await expect.poll(() => waiting.length, PATIENCE).toBe(2)

    third.send(...post('{}'))
    expect(await third.answers(1)).toMatchObject([
      { status: 503, body: '{"error":"Overloaded"}', headers: { 'retry-after': '1', connection: 'close' } },
    ])
    await third.closed()

    release()
    expect([...(await first.answers(1)), ...(await second.answers(1))]).toMatchObject([
      { status: 200 },
      { status: 200 },
    ])
    const fourth = await open()
    fourth.send(...post('{}'))
    await expect.poll(() => waiting.length, PATIENCE).toBe(1)
    release()
    expect(await fourth.answers(1)).toMatchObject([{ status: 200 }])
  })

  test('what is handed over unread is told, with the webhook that was asked', async () => {
    const shed: string[] = []
    const { open } = await runServer({ limits: { inFlight: 0 }, onShed: (stage) => shed.push(stage) })
    const small = await runServer({ limits: { inFlightBytes: 3 }, onShed: (stage) => shed.push(stage) })
    for (const socket of [await open(), await small.open()]) {
      socket.send(...post('{"a":1}', { path: '/validate' }))
      expect(await socket.answers(1)).toMatchObject([{ status: 503, body: '{"error":"Overloaded"}' }])
    }
    expect(shed).toEqual(['validate', 'validate'])
  })

  test('a client that is slow to say what it wants takes no place', async () => {
    const { open } = await runServer({ limits: { inFlight: 1 } })
    const slow = await open()
    slow.send(...post('{', { headers: { 'Content-Length': '2' } }))
    const quick = await open()
    quick.send(...post('{}'))
    expect(await quick.answers(1)).toMatchObject([{ status: 200 }])
    slow.send('}')
    expect(await slow.answers(1)).toMatchObject([{ status: 200 }])
  })

  test('a review that fails makes room too', async () => {
    const { open } = await runServer({
      handle: () => Promise.reject(new Error('a bug')),
      limits: { inFlight: 1 },
    })
    const socket = await open()
    for (const count of [1, 2, 3]) {
      socket.send(...post('{}'))
      expect((await socket.answers(count)).at(-1)).toMatchObject({ status: 500 })
    }
  })

  test('a client that goes away in the middle of its body makes room too', async () => {
    const { open } = await runServer({ limits: { inFlight: 1 } })
    for (let round = 0; round < 3; round++) {
      const leaving = await open()
      leaving.send(...post('{}', { headers: { 'Content-Length': '100' } }))
      leaving.destroy()
    }
    await expect
      .poll(async () => {
        const socket = await open()
        socket.send(...post('{}'))
        return (await socket.answers(1)).map(({ status }) => status)
      }, PATIENCE)
      .toEqual([200])
  })

  // a connection that is closed under a client that still writes is reset, and the answer goes with it
  test('the answer of an overloaded server comes when it has read the body, so that it arrives', async () => {
    const { open } = await runServer({ limits: { inFlight: 0 } })
    const [socket, probe] = [await open(), await open()]
    const [head = ''] = post('', { headers: { 'Content-Length': '10' } })
    socket.send(head, '12345')
    probe.send('GET /mutate HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await probe.answers(1)
    expect(socket.isOpen()).toBe(true)
    socket.send('67890')
    expect(await socket.answers(1)).toMatchObject([{ status: 503, headers: { 'retry-after': '1' } }])
  })
})

describe('several requests on one connection', () => {
  test('are answered in order, though the first takes longer', async () => {
    let first: (() => void) | undefined
    const handle: Handler = (_stage, body) => {
      const reply = verdict(JSON.stringify(body))
      if (body !== 1) return reply
      return new Promise((resolve) => (first = () => resolve(reply)))
    }
    const { open } = await runServer({ handle })
    const socket = await open()
    socket.send(...post('1'), ...post('2'), ...post('3'))
    await expect.poll(() => first !== undefined, PATIENCE).toBe(true)
    first?.()
    expect((await socket.answers(3)).map(({ body }) => body)).toEqual(['1', '2', '3'])
  })

  test('go on after one that was refused by its headers', async () => {
    const { open } = await runServer()
    const socket = await open()
    socket.send(
      ...post('{}', { path: '/nowhere' }),
      ...post('{}', { headers: { 'Content-Type': 'text/plain' } }),
      ...post('{}'),
    )
    expect((await socket.answers(3)).map(({ status }) => status)).toEqual([404, 415, 200])
    expect(socket.isOpen()).toBe(true)
  })
})
