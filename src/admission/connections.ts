import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { callerOf } from './caller.ts'
import type { Pools } from './pools.ts'
import type { ShareRefusal } from './shares.ts'
import { makeTurns, type Turn } from './turns.ts'

/** Why a connection is closed: no more are to be had, or its turn to shake hands did not come in time. */
export type ConnectionRefusal = ShareRefusal | 'handshakes'

export interface ConnectionLimits {
  readonly pools: Pick<Pools, 'connections' | 'handshakes'>
  /** milliseconds to wait for the turn to shake hands */
  readonly handshakeMs: number
  readonly onRefused: (reason: ConnectionRefusal) => void
}

/** More than the hello of a client: who sends so much before he is greeted only fills our memory. */
const LONGEST_HELLO = 16 * 1024

/**
 * Lets a connection in while there is room for its address, and closes it at once otherwise. A handshake costs a thousand
 * times what its caller pays, so few are done at one time; but the API server dials for each call, and never repeats
 * one whose connection was closed: those beyond wait for their turn.
 */
export function limitConnections(
  server: Server,
  { pools: { connections, handshakes }, handshakeMs, onRefused }: ConnectionLimits,
): void {
  const turnOf = makeTurns(handshakes)
  /** of each connection that shakes hands, by the address and port that it comes from */
  const shaking = new Map<string, Turn>()
  // what a refused socket never reaches: by then a handshake would have begun, and its end count as a failed one
  const shakeHands = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const refuse = (reason: ConnectionRefusal): void => {
      onRefused(reason)
      socket.destroy()
    }
    const caller = callerOf(socket.remoteAddress ?? '')
    const refused = connections.of(caller).take(1)
    if (refused !== undefined) return refuse(refused)
    const from = originOf(socket)
    let stopWaiting = (): void => undefined
    const turn = turnOf(caller, () => {
      stopWaiting()
      for (const listener of shakeHands) listener.call(server, socket)
    })
    shaking.set(from, turn)
    if (turn.isWaiting()) stopWaiting = boundWait(socket, handshakeMs, () => refuse('handshakes'))
    socket.once('close', () => {
      stopWaiting()
      turn.end()
      // the port may be another connection's by now
      if (shaking.get(from) === turn) shaking.delete(from)
      connections.of(caller).giveBack(1)
    })
  })
  server.on('secureConnection', (socket) => {
    const from = originOf(socket)
    shaking.get(from)?.end()
    shaking.delete(from)
  })
}

/** @returns what ends the bounds */
function boundWait(socket: Socket, milliseconds: number, cut: () => void): () => void {
  const timer = setTimeout(cut, milliseconds)
  const measure = (): void => {
    if (socket.readableLength > LONGEST_HELLO) cut()
  }
  // nobody else hears a socket that waits, and an error that nobody hears ends the process
  const ignore = (): void => undefined
  socket.on('error', ignore).on('readable', measure)
  return () => {
    clearTimeout(timer)
    socket.off('readable', measure)
  }
}

function originOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
