import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { whyRefused, type ClientRefusal, type Clients } from './client-certificates.ts'

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
