import { connect } from 'node:net'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Handler } from '../../src/admission/handle.ts'
import { verdict } from '../../src/admission/reply.ts'
import { DEFAULT_LIMITS } from '../../src/admission/limits.ts'
import { runServer, testCertificates } from './a-server.ts'
import { post } from './raw-socket.ts'
import { PATIENT } from './patience.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const patience = { handshakeMs: 200, headersMs: 200, requestMs: 400, checkMs: 20 }
const TOO_SLOW = { status: 408, body: expect.stringContaining('"statusCode":408') as string }

describe('a client that takes too long is cut', () => {
  test('before it says hello', async () => {
    const { port } = await runServer({ patience })
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.once('close', resolve))
  })

  test('in the middle of its headers', async () => {
    const { open } = await runServer({ patience })
    const socket = await open()
    socket.send('POST /mutate HTTP/1.1\r\nHost: loc')
    expect(await socket.answers(1)).toMatchObject([TOO_SLOW])
    await socket.closed()
  })

  test('though it sends a header now and then', async () => {
    const { open } = await runServer({ patience })
    const socket = await open()
    socket.send('POST /mutate HTTP/1.1\r\nHost: localhost\r\n')
    const trickle = setInterval(() => socket.send('X-Slow: 1\r\n'), 20)
    await socket.closed()
    clearInterval(trickle)
  })

  test('in the middle of its body, and its review is never decided', async () => {
    const handle = vi.fn<Handler>(() => verdict('{}'))
    const { open } = await runServer({ patience, handle })
    const socket = await open()
    socket.send(...post('{"half', { headers: { 'Content-Length': '100' } }))
    expect(await socket.answers(1)).toMatchObject([TOO_SLOW])
    await socket.closed()
    expect(handle).not.toHaveBeenCalled()
  })

  test('though it sends a byte of its body now and then', async () => {
    const { open } = await runServer({ patience })
    const socket = await open()
    const [head = ''] = post('', { headers: { 'Content-Length': '100000' } })
    socket.send(head)
    const trickle = setInterval(() => socket.send(' '), 20)
    await socket.closed()
    clearInterval(trickle)
  })

  test('while others are served', async () => {
    const { open } = await runServer({ patience: { ...patience, requestMs: 2000 } })
    const slow = await Promise.all(Array.from({ length: 50 }, open))
    for (const socket of slow) socket.send(...post('', { headers: { 'Content-Length': '100' } }))
    const quick = await open()
    quick.send(...post('{}'))
    expect(await quick.answers(1)).toMatchObject([{ status: 200 }])
    await Promise.all(slow.map((socket) => socket.closed()))
  })
})

test('unless told otherwise slow clients have 15 seconds, and are looked for each second', () => {
  expect(DEFAULT_LIMITS.patience).toEqual({
    handshakeMs: 5000,
    headersMs: 10_000,
    requestMs: 15_000,
    idleMs: 120_000,
    checkMs: 1000,
  })
})
