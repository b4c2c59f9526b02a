import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Handler } from '../../src/admission/handle.ts'
import { makeLateness } from '../../src/admission/lateness.ts'
import { verdict } from '../../src/admission/reply.ts'
import { runServer, testCertificates } from './a-server.ts'
import { PATIENT } from './patience.ts'
import { post } from './raw-socket.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

/** What is said of a review with 4.5 s to spare, at one delay after the other. */
function answers(...delays: number[]): boolean[] {
  let delay = 0
  const isLate = makeLateness(() => delay)
  return delays.map((now) => {
    delay = now
    return isLate(4500)
  })
}

describe('a review comes too late', () => {
  test('when two turns of the loop take half of its time', () => {
    expect(answers(0, 1125, 1126)).toEqual([false, false, true])
  })

  test('until the loop has recovered by half, so that not every second one is', () => {
    expect(answers(1200, 1000, 563, 562, 1000)).toEqual([true, true, true, false, false])
  })

  test('sooner where the API server waits less', () => {
    const isLate = makeLateness(() => 200)
    expect([isLate(4500), isLate(500), isLate(4500)]).toEqual([false, true, false])
  })

  test('a caller that waits for a millisecond only does not make those of others late', () => {
    const isLate = makeLateness(() => 600)
    expect([isLate(4500), isLate(100), isLate(4500), isLate(2500), isLate(4500)]).toEqual([
      false,
      true,
      false,
      false,
      false,
    ])
  })

  test('a long one that is in time again does not take the recovery from a shorter one', () => {
    let delay = 3000
    const isLate = makeLateness(() => delay)
    expect([isLate(9500), isLate(4500)]).toEqual([true, true])
    delay = 1000
    expect([isLate(9500), isLate(4500)]).toEqual([false, true])
  })
})

test('a server whose loop is late hands reviews over undecided, and takes them again when it is not', async () => {
  let delay = 5000
  const handle = vi.fn<Handler>(() => verdict('{}'))
  const shed: string[] = []
  const { open } = await runServer({
    handle,
    guard: { isLate: makeLateness(() => delay) },
    onShed: (stage) => shed.push(stage),
  })
  const socket = await open()
  socket.send(...post('{}', { path: '/validate?timeout=5s' }))
  expect(await socket.answers(1)).toMatchObject([
    { status: 503, body: '{"error":"Overloaded"}', headers: { 'retry-after': '1', connection: 'close' } },
  ])
  expect(handle).not.toHaveBeenCalled()
  expect(shed).toEqual(['validate'])

  // closing under a client that still writes would lose the answer
  const [slow, probe] = [await open(), await open()]
  const [head = ''] = post('', { headers: { 'Content-Length': '10' } })
  slow.send(head, '12345')
  probe.send('GET /mutate HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await probe.answers(1)
  expect(slow.isOpen()).toBe(true)
  slow.send('67890')
  expect(await slow.answers(1)).toMatchObject([{ status: 503, headers: { 'retry-after': '1' } }])

  delay = 0
  const again = await open()
  again.send(...post('{}'))
  expect(await again.answers(1)).toMatchObject([{ status: 200 }])
})
