import { beforeAll, expect, test, vi } from 'vitest'
import { runServer, testCertificates, type ServerParts } from './a-server.ts'
import { PATIENT } from './patience.ts'
import { post } from './raw-socket.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

/** What comes back, as it stands on the wire, of a client that sends no body before it is told to. */
async function expecting(parts: ServerParts, headers: Readonly<Record<string, string>> = {}) {
  const socket = await (await runServer(parts)).open()
  const [head = '', body = ''] = post('{"a":1}', { headers: { Expect: '100-continue', ...headers } })
  socket.send(head)
  return { socket, body }
}

test('a client that asks before it sends its body is told to, and answered', async () => {
  const { socket, body } = await expecting({})
  await socket.continued()
  socket.send(body)
  expect(await socket.answers(1)).toMatchObject([{ status: 200 }])
})

test.each<[string, number, ServerParts, Record<string, string>]>([
  ['who may not ask', 403, { guard: { clientRefusal: () => 'no-certificate' } }, {}],
  ['what is too large', 413, {}, { 'Content-Length': '9000000' }],
  ['what has lost its way', 421, { serves: () => false }, {}],
  ['what is no JSON', 415, {}, { 'Content-Type': 'text/plain' }],
  ['what comes while all is late', 503, { guard: { isLate: () => true } }, {}],
])(
  '%s is answered %d without being asked for the body, and the connection ends',
  async (_, status, parts, headers) => {
    const { socket } = await expecting(parts, headers)
    expect(await socket.answers(1)).toMatchObject([{ status, headers: { connection: 'close' } }])
    expect(socket.wasContinued()).toBe(false)
    await socket.closed()
  },
)
