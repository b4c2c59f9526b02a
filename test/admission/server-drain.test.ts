import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Handler } from '../../src/admission/handle.ts'
import { verdict } from '../../src/admission/reply.ts'
import { runServer, testCertificates } from './a-server.ts'
import { post } from './raw-socket.ts'
import { PATIENCE, PATIENT } from './patience.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const HANDED_OVER = {
  status: 503,
  body: '{"error":"Draining"}',
  headers: { 'retry-after': '0', connection: 'close' },
}

describe('a server that nobody stops', () => {
  test('keeps connections open, longer than the API server keeps them idle', async () => {
    const { open } = await runServer()
    const socket = await open()
    socket.send(...post('{}'))
    const [answer] = await socket.answers(1)
    expect(answer?.headers['connection']).toBe('keep-alive')
    expect(answer?.headers['keep-alive']).toBe('timeout=120')
  })
})

describe('a server that drains', () => {
  test('drops no idle connection: the next review on it is answered, and only then it is closed', async () => {
    const { open, state } = await runServer()
    const socket = await open()
    socket.send(...post('{}'))
    await socket.answers(1)
    state.draining = true
    const other = await open()
    other.send(...post('{}'))
    await other.answers(1)
    expect(socket.isOpen()).toBe(true)

    socket.send(...post('{}'))
    const [, answer] = await socket.answers(2)
    expect(answer).toMatchObject({ status: 200, body: '{"admitted":true}', headers: { connection: 'close' } })
    await socket.closed()
  })

  test('asks for the end of the connection with each answer, refusals too', async () => {
    const { open, state } = await runServer()
    state.draining = true
    for (const path of ['/mutate', '/validate', '/nowhere']) {
      const socket = await open()
      socket.send(...post('{}', { path }))
      const [answer] = await socket.answers(1)
      expect(answer?.headers['connection']).toBe('close')
      await socket.closed()
    }
  })

  test('a review that was under way gets its answer', async () => {
    let answerIt: (() => void) | undefined
    const handle: Handler = () =>
      new Promise((resolve) => (answerIt = () => resolve(verdict('{"admitted":true}'))))
    const { open, state } = await runServer({ handle })
    const socket = await open()
    socket.send(...post('{}'))
    await expect.poll(() => answerIt, PATIENCE).toBeDefined()
    state.draining = true
    state.closing = true
    answerIt?.()
    expect(await socket.answers(1)).toMatchObject([{ status: 200, headers: { connection: 'close' } }])
  })
})

describe('a server that has drained', () => {
  test('hands every late review over, to be asked elsewhere at once', async () => {
    const handle = vi.fn<Handler>(() => verdict('{}'))
    const { open, state } = await runServer({ handle })
    const kept = await open()
    kept.send(...post('{}'))
    await kept.answers(1)
    state.draining = true
    state.closing = true

    kept.send(...post('{}'))
    expect(await kept.answers(2)).toMatchObject([{ status: 200 }, HANDED_OVER])
    const late = await open()
    late.send(...post('{}'))
    expect(await late.answers(1)).toMatchObject([HANDED_OVER])
    expect(handle).toHaveBeenCalledOnce()
  })

  test('reads the body before it says so, as closing under a writing client would lose the answer', async () => {
    const { open, state } = await runServer()
    state.draining = true
    state.closing = true
    const [socket, probe] = [await open(), await open()]
    const [head = ''] = post('', { headers: { 'Content-Length': '10' } })
    socket.send(head, '12345')
    probe.send(...post('{}'))
    await probe.answers(1)
    expect(socket.isOpen()).toBe(true)
    socket.send('67890')
    expect(await socket.answers(1)).toMatchObject([HANDED_OVER])
    await socket.closed()
  })

  test('reads no more of it than a body may be long', async () => {
    const { open, state } = await runServer({ limits: { bytes: 1000 } })
    state.draining = true
    state.closing = true
    const socket = await open()
    const [head = ''] = post('', { headers: { 'Content-Length': '100000' } })
    socket.send(head, ' '.repeat(2000))
    expect(await socket.answers(1)).toMatchObject([HANDED_OVER])
  })
})
