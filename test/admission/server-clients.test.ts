import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { ClientRefusal, Clients } from '../../src/admission/client-certificates.ts'
import { makeClientCheck } from '../../src/admission/client-check.ts'
import type { Handler } from '../../src/admission/handle.ts'
import { verdict } from '../../src/admission/reply.ts'
import { secureOptions } from '../../src/admission/server.ts'
import { runServer, testCertificates } from './a-server.ts'
import { makeClientAuthority, type Signed } from './client-pki.ts'
import { PATIENT } from './patience.ts'
import { openSocket, post, type RawAnswer } from './raw-socket.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const authority = makeClientAuthority()
const other = makeClientAuthority()
const API_SERVER = { commonName: 'kube-apiserver' }
const apiServer = authority.sign(API_SERVER)

const clientsOf = (pems: readonly string[], names: readonly string[] = []): Clients => ({
  caPem: pems.join(''),
  authorities: pems.map((pem) => new X509Certificate(pem)),
  names,
})

/** What the program does when the file changed. */
async function trust({ app, guarded }: Guarded, pems: readonly string[]): Promise<void> {
  guarded.clients = clientsOf(pems)
  const { first } = await testCertificates()
  app.server.setSecureContext(secureOptions({ ...first, clientCaPem: pems.join('') }))
}

/** A server that asks for certificates; a test changes `clients`. */
async function runGuarded(names: readonly string[] = []) {
  const handle = vi.fn<Handler>(() => verdict('{"admitted":true}'))
  const state = { clients: clientsOf([authority.cert], names), now: Date.now() }
  const refused: ClientRefusal[] = []
  const server = await runServer({
    handle,
    clientCaPem: authority.cert,
    guard: {
      clientRefusal: makeClientCheck(
        () => state.clients,
        () => state.now,
      ),
      onClientRefused: (reason) => refused.push(reason),
    },
  })
  return { ...server, handle, guarded: state, refused }
}

type Guarded = Awaited<ReturnType<typeof runGuarded>>

async function ask({ port, ca }: Guarded, client: Partial<Signed>, path = '/mutate'): Promise<RawAnswer> {
  const socket = await openSocket(port, { ca, ...client })
  socket.send(...post('{}', { path }))
  const [answer] = await socket.answers(1)
  socket.destroy()
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const REFUSED = {
  status: 403,
  body: '{"error":"ClientCertificateRequired"}',
  headers: { connection: 'close' },
}

describe('with a CA of client certificates', () => {
  test('the API server with its certificate is answered', async () => {
    const server = await runGuarded(['kube-apiserver'])
    expect(await ask(server, apiServer)).toMatchObject({ status: 200, body: '{"admitted":true}' })
    expect(server.refused).toEqual([])
  })

  test.each<[string, Partial<Signed>, ClientRefusal]>([
    ['no certificate', {}, 'no-certificate'],
    ['one of another CA of the same name', other.sign(API_SERVER), 'not-trusted'],
    ['one for servers', authority.sign({ ...API_SERVER, purpose: 'server' }), 'not-trusted'],
    ['one that has ended', authority.sign({ ...API_SERVER, hours: -1 }), 'not-trusted'],
    ['one with another name', authority.sign({ commonName: 'kube-apiserver2' }), 'other-name'],
    ['one with no name', authority.sign({}), 'other-name'],
  ])('a caller with %s gets nothing, at no address', async (_name, client, reason) => {
    const server = await runGuarded(['kube-apiserver'])
    for (const path of ['/mutate', '/validate', '/workloads', '/protect', '/nowhere']) {
      expect(await ask(server, client, path)).toMatchObject(REFUSED)
    }
    expect(server.handle).not.toHaveBeenCalled()
    expect(server.refused).toEqual(Array.from({ length: 5 }, () => reason))
  })

  test('a certificate of a CA below it is good, where the file has that CA too', async () => {
    const server = await runGuarded()
    const below = authority.below('A CA below')
    expect(await ask(server, below.sign(API_SERVER))).toMatchObject(REFUSED)
    expect(server.refused).toEqual(['not-trusted'])
    await trust(server, [authority.cert, below.cert])
    expect(await ask(server, below.sign(API_SERVER))).toMatchObject({ status: 200 })
    expect(await ask(server, apiServer)).toMatchObject({ status: 200 })
    expect(await ask(server, other.below('A CA below').sign(API_SERVER))).toMatchObject(REFUSED)
  })

  test('is refused before a byte of the body is read, and what follows is no request', async () => {
    const server = await runGuarded()
    const socket = await openSocket(server.port, { ca: server.ca })
    const [head = ''] = post('', { headers: { 'Content-Length': '1000000' } })
    socket.send(head, ...post('{}'))
    expect(await socket.answers(1)).toMatchObject([REFUSED])
    await socket.closed()
    expect(server.handle).not.toHaveBeenCalled()
  })

  test('a renewed certificate of ours keeps the check', async () => {
    const server = await runGuarded()
    const renewed = await (await testCertificates()).sign()
    server.app.server.setSecureContext(secureOptions({ ...renewed, clientCaPem: authority.cert }))
    expect(await ask(server, apiServer)).toMatchObject({ status: 200 })
    expect(await ask(server, {})).toMatchObject(REFUSED)
    expect(await ask(server, other.sign(API_SERVER))).toMatchObject(REFUSED)
  })

  test('a CA that was replaced holds at once, on connections that are open too', async () => {
    const server = await runGuarded()
    const socket = await openSocket(server.port, { ca: server.ca, ...apiServer })
    socket.send(...post('{}'))
    await socket.answers(1)
    await trust(server, [other.cert])
    socket.send(...post('{}'))
    expect(await socket.answers(2)).toMatchObject([{ status: 200 }, REFUSED])
    await socket.closed()
  })

  test('a CA beside the old one cuts nobody off', async () => {
    const server = await runGuarded()
    const socket = await openSocket(server.port, { ca: server.ca, ...apiServer })
    socket.send(...post('{}'))
    await socket.answers(1)
    await trust(server, [authority.cert, other.cert])
    socket.send(...post('{}'))
    expect(await socket.answers(2)).toMatchObject([{ status: 200 }, { status: 200 }])
    expect(await ask(server, other.sign(API_SERVER))).toMatchObject({ status: 200 })
  })

  test('a certificate that ends while its connection is open is good no longer', async () => {
    const server = await runGuarded()
    const socket = await openSocket(server.port, { ca: server.ca, ...apiServer })
    socket.send(...post('{}'))
    await socket.answers(1)
    server.guarded.now += 2 * 3_600_000
    socket.send(...post('{}'))
    expect(await socket.answers(2)).toMatchObject([{ status: 200 }, REFUSED])
    expect(server.refused).toEqual(['expired'])
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('no session of %s is taken up again', async (version) => {
    const { port, ca } = await runGuarded()
    const connectWith = async (session: Buffer | undefined) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca,
        ...apiServer,
        minVersion: version,
        maxVersion: version,
        ...(session === undefined ? {} : { session }),
      })
      const sessions: Buffer[] = []
      socket.on('session', (given) => sessions.push(given))
      await once(socket, 'secureConnect')
      // sessions of TLS 1.3 come behind the handshake: an answer comes behind them
      socket.write(post('{}').join(''))
      await once(socket, 'data')
      const result = { sessions, reused: socket.isSessionReused(), session: socket.getSession() }
      socket.destroy()
      return result
    }
    const first = await connectWith(undefined)
    const again = await connectWith(first.sessions.at(-1) ?? first.session)
    expect(again.reused).toBe(false)
  })
})

test('without a CA nobody is asked for a certificate', async () => {
  const { port, ca } = await runServer()
  const socket = await openSocket(port, { ca, ...other.sign(API_SERVER) })
  socket.send(...post('{}'))
  expect(await socket.answers(1)).toMatchObject([{ status: 200 }])
})
