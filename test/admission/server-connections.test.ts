import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { makePools } from '../../src/admission/pools.ts'
import { DEFAULT_LIMITS, type ServerLimits } from '../../src/admission/limits.ts'
import { runServer, testCertificates, type RunningServer } from './a-server.ts'
import { PATIENCE, PATIENT } from './patience.ts'
import { openSocket, post, type RawSocket } from './raw-socket.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

/** A server, its pools, and what it refused. */
async function runCounted(limits: Partial<ServerLimits>) {
  const all = { ...DEFAULT_LIMITS, ...limits }
  const pools = makePools(all)
  const refused: string[] = []
  const failures: Error[] = []
  const server = await runServer({
    limits,
    patience: limits.patience ?? {},
    guard: { pools, onConnectionRefused: (reason) => refused.push(reason) },
  })
  server.app.server.on('tlsClientError', (error) => failures.push(error))
  return { ...server, pools, refused, failures }
}

/** Every address of 127.0.0.0/8 is this machine: callers from several. */
const from = ({ port, ca }: RunningServer, localAddress: string): Promise<RawSocket> =>
  openSocket(port, { ca, localAddress })

const HOSTILE = '127.0.0.66'

/** Connects and says nothing. */
async function connectSilently(port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function isAnswered(socket: RawSocket): Promise<boolean> {
  socket.send(...post('{}'))
  const [answer] = await socket.answers(1)
  return answer?.status === 200
}

describe('connections', () => {
  test('are counted while they are open, and those that never shook hands too', async () => {
    const server = await runCounted({ connections: 50 })
    const good = await server.open()
    const silent = await connectSilently(server.port, HOSTILE)
    await expect.poll(() => server.pools.connections.used(), PATIENCE).toBe(2)
    good.destroy()
    silent.destroy()
    await expect.poll(() => server.pools.connections.used(), PATIENCE).toBe(0)
  })

  test('of one address are at most four fifths, and another address is served meanwhile', async () => {
    const server = await runCounted({ connections: 50 })
    const sockets = await Promise.all(Array.from({ length: 60 }, () => connectSilently(server.port, HOSTILE)))
    await expect.poll(() => server.refused.length, PATIENCE).toBe(20)
    expect(new Set(server.refused)).toEqual(new Set(['share']))
    expect(server.pools.connections.used()).toBe(40)
    expect(await isAnswered(await from(server, '127.0.0.7'))).toBe(true)
    expect(sockets.filter((socket) => !socket.closed)).toHaveLength(40)
  })

  test('that are too many are closed before a handshake, and count as no failed one', async () => {
    const server = await runCounted({ connections: 1 })
    await server.open()
    await expect(server.open()).rejects.toThrow(/disconnected|ECONNRESET|hang up/)
    expect(server.refused).toEqual(['full'])
    expect(server.failures).toEqual([])
  })

  test('make room when they close: nothing is held of a caller that went', async () => {
    const server = await runCounted({ connections: 5 })
    for (let round = 0; round < 20; round++) {
      const socket = await server.open()
      expect(await isAnswered(socket)).toBe(true)
      socket.destroy()
      await expect.poll(() => server.pools.connections.used(), PATIENCE).toBe(0)
    }
    expect(server.refused).toEqual([])
  })
})

describe('handshakes', () => {
  test('that one address lets hang are bounded: more of them wait, and another address is greeted', async () => {
    const server = await runCounted({ handshakes: 50 })
    await Promise.all(Array.from({ length: 60 }, () => connectSilently(server.port, HOSTILE)))
    await expect.poll(() => server.pools.connections.used(), PATIENCE).toBe(60)
    expect(server.pools.handshakes.used()).toBe(40)
    expect(await isAnswered(await from(server, '127.0.0.7'))).toBe(true)
    expect(server.refused).toEqual([])
  })

  test.each([
    { burst: 100, handshakes: 20 },
    { burst: 1000, handshakes: DEFAULT_LIMITS.handshakes },
  ])('of one address alone all get their turn: $burst at once, $handshakes at one time', async (given) => {
    const patience = { ...DEFAULT_LIMITS.patience, handshakeMs: 60_000 }
    const server = await runCounted({ handshakes: given.handshakes, patience })
    const dialled = await Promise.all(
      Array.from({ length: given.burst }, () => connectSilently(server.port, '127.0.0.7')),
    )
    await expect.poll(() => server.pools.connections.used(), PATIENCE).toBe(given.burst)
    const answered = await Promise.all(
      dialled.map(async (socket) => isAnswered(await openSocket(server.port, { ca: server.ca, socket }))),
    )
    expect(answered.filter((is) => is)).toHaveLength(given.burst)
    expect([server.refused, server.failures, server.pools.handshakes.used()]).toEqual([[], [], 0])
  })

  test('whose turn does not come are cut, as are those that hang, and nothing is held of them', async () => {
    const server = await runCounted({
      handshakes: 2,
      patience: { ...DEFAULT_LIMITS.patience, handshakeMs: 300 },
    })
    const silent = await Promise.all(Array.from({ length: 20 }, () => connectSilently(server.port, HOSTILE)))
    await expect.poll(() => silent.every(({ closed }) => closed), PATIENCE).toBe(true)
    expect(server.refused.length).toBeGreaterThan(10)
    expect(new Set(server.refused)).toEqual(new Set(['handshakes']))
    await expect
      .poll(() => [server.pools.handshakes.used(), server.pools.connections.used()], PATIENCE)
      .toEqual([0, 0])
  })

  test('that wait send no more than a hello, and may break off', async () => {
    const server = await runCounted({ handshakes: 1 })
    await connectSilently(server.port, HOSTILE)
    const [talker, leaver] = await Promise.all([
      connectSilently(server.port, HOSTILE),
      connectSilently(server.port, HOSTILE),
    ])
    await expect.poll(() => server.pools.connections.used(), PATIENCE).toBe(3)
    talker.write(Buffer.alloc(100_000))
    leaver.resetAndDestroy()
    await expect.poll(() => server.pools.connections.used(), PATIENCE).toBe(1)
    expect(server.refused).toEqual(['handshakes'])
  })

  test('count no longer once they are done, or failed', async () => {
    const server = await runCounted({ handshakes: 50 })
    const sockets = await Promise.all(Array.from({ length: 30 }, server.open))
    await expect.poll(() => server.pools.handshakes.used(), PATIENCE).toBe(0)
    expect(server.pools.connections.used()).toBe(30)
    const plain = await connectSilently(server.port, HOSTILE)
    plain.write('GET / HTTP/1.1\r\n\r\n')
    await expect.poll(() => server.failures.length, PATIENCE).toBe(1)
    sockets.forEach((socket) => socket.destroy())
    await expect
      .poll(() => [server.pools.handshakes.used(), server.pools.connections.used()], PATIENCE)
      .toEqual([0, 0])
  })
})

describe('bodies and places of one address', () => {
  test('leave room for those of another: large bodies that never end do not hold all the bytes', async () => {
    const server = await runCounted({ inFlightBytes: 100_000 })
    const hostile = await Promise.all(Array.from({ length: 20 }, () => from(server, HOSTILE)))
    for (const socket of hostile) {
      socket.send(...post(`"${'x'.repeat(8000)}`, { headers: { 'Content-Length': '9000' } }))
    }
    await expect.poll(() => server.pools.bytes.used(), PATIENCE).toBeGreaterThan(50_000)
    const good = await from(server, '127.0.0.7')
    good.send(...post(JSON.stringify('y'.repeat(8000))))
    expect(await good.answers(1)).toMatchObject([{ status: 200 }])
  })

  test('what is held of bodies goes with the clients that sent them', async () => {
    const server = await runCounted({ inFlightBytes: 100_000 })
    const hostile = await Promise.all(Array.from({ length: 5 }, () => from(server, HOSTILE)))
    for (const socket of hostile) socket.send(...post('"xxx', { headers: { 'Content-Length': '9000' } }))
    await expect.poll(() => server.pools.bytes.used(), PATIENCE).toBe(20)
    for (const socket of hostile) socket.destroy()
    await expect.poll(() => server.pools.bytes.used(), PATIENCE).toBe(0)
  })

  test('reviews of one address do not take all places', async () => {
    const waiting: (() => void)[] = []
    const pools = makePools({ ...DEFAULT_LIMITS, inFlight: 5 })
    const server = await runServer({
      guard: { pools },
      handle: () =>
        new Promise((resolve) => waiting.push(() => resolve({ status: 200, body: '{"admitted":true}' }))),
    })
    const hostile = await Promise.all(Array.from({ length: 10 }, () => from(server, HOSTILE)))
    for (const socket of hostile) socket.send(...post('{}'))
    await expect.poll(() => waiting.length, PATIENCE).toBe(4)
    const good = await from(server, '127.0.0.7')
    good.send(...post('{}'))
    await expect.poll(() => waiting.length, PATIENCE).toBe(5)
    waiting.forEach((answer) => answer())
    expect(await good.answers(1)).toMatchObject([{ status: 200 }])
    await expect.poll(() => pools.inFlight.used(), PATIENCE).toBe(0)
  })
})

describe('five thousand sockets that idle or trickle', () => {
  test('are cut or turned away while the reviews of another address are all answered', async () => {
    const server = await runCounted({
      connections: 2000,
      handshakes: 2000,
      patience: {
        ...DEFAULT_LIMITS.patience,
        handshakeMs: 2000,
        headersMs: 2000,
        requestMs: 4000,
        checkMs: 100,
      },
    })
    const good = await from(server, '127.0.0.7')
    const trickling = await Promise.all(Array.from({ length: 40 }, () => from(server, HOSTILE)))
    for (const socket of trickling) socket.send('POST /mutate HTTP/1.1\r\nHost: localhost\r\n')
    const trickle = setInterval(() => trickling.forEach((socket) => socket.send('X: 1\r\n')), 50)
    const idle: Socket[] = []
    let answered = 0
    for (let batch = 0; batch < 50; batch++) {
      idle.push(
        ...(await Promise.all(Array.from({ length: 100 }, () => connectSilently(server.port, HOSTILE)))),
      )
      good.send(...post('{}'))
      answered += 1
      expect((await good.answers(answered)).at(-1)?.status).toBe(200)
    }
    clearInterval(trickle)
    expect(idle).toHaveLength(5000)
    expect(server.pools.connections.used()).toBeLessThanOrEqual(1601)
    await Promise.all(trickling.map((socket) => socket.closed()))
    await expect.poll(() => server.pools.connections.used(), PATIENCE).toBe(1)
    expect(good.isOpen()).toBe(true)
  })
})
