import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { callerOf } from './caller.ts'
import { whyRefused, type ClientRefusal, type Clients } from './client-certificates.ts'
import type { Pools } from './pools.ts'
import type { Share, ShareRefusal } from './shares.ts'

/** Why a connection is closed at once: no more are to be had, or too many shake hands at this time. */
export type ConnectionRefusal = ShareRefusal | 'handshakes'

/**
 * Lets a connection in while the pools have room for its address, and closes it at once otherwise, before anything is
 * spent on a handshake. A handshake costs a thousand times what its caller pays: of those that wait for theirs there
 * must not be so many that all others wait, too.
 */
export function limitConnections(
  server: Server,
  { connections, handshakes }: Pick<Pools, 'connections' | 'handshakes'>,
  onRefused: (reason: ConnectionRefusal) => void,
): void {
  /** of each connection that shakes hands, by the address and port that it comes from */
  const shaking = new Map<string, () => void>()
  // what a refused socket never reaches: by then a handshake would have begun, and its end count as a failed one
  const shakeHands = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const caller = callerOf(socket.remoteAddress ?? '')
    const refused = take(connections.of(caller), handshakes.of(caller))
    if (refused !== undefined) {
      onRefused(refused)
      socket.destroy()
      return
    }
    const from = originOf(socket)
    const done = once(() => {
      shaking.delete(from)
      handshakes.of(caller).giveBack(1)
    })
    shaking.set(from, done)
    socket.once('close', () => {
      done()
      connections.of(caller).giveBack(1)
    })
    for (const listener of shakeHands) listener.call(server, socket)
  })
  server.on('secureConnection', (socket) => shaking.get(originOf(socket))?.())
}

function take(connections: Share, handshakes: Share): ConnectionRefusal | undefined {
  const refused = connections.take(1)
  if (refused !== undefined) return refused
  if (handshakes.take(1) === undefined) return undefined
  connections.giveBack(1)
  return 'handshakes'
}

function originOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function once(run: () => void): () => void {
  let ran = false
  return () => {
    if (!ran) run()
    ran = true
  }
}

/** What one connection was judged by, and how. */
interface Judged {
  readonly clients: Clients
  readonly refusal: ClientRefusal | undefined
  /** milliseconds since the epoch until which it holds */
  readonly until: number
}

/**
 * Judges connections by their client certificates: each once, and again when the CA has changed.
 *
 * @param now milliseconds since the epoch
 * @returns why requests of a connection may not be answered; nothing where they may
 */
export function makeClientCheck(
  clients: () => Clients | undefined,
  now: () => number,
): (socket: Socket) => ClientRefusal | undefined {
  const judged = new WeakMap<Socket, Judged>()
  return (socket) => {
    const current = clients()
    if (current === undefined) return undefined
    const before = judged.get(socket)
    if (before?.clients === current && now() < before.until) return before.refusal
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
    const authorized = socket instanceof TLSSocket && socket.authorized
    const refusal = whyRefused({ authorized, certificate }, current, now())
    const until = refusal === undefined ? (certificate?.validToDate.getTime() ?? 0) : Infinity
    judged.set(socket, { clients: current, refusal, until })
    return refusal
  }
}
