import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import type { RenderedInstall } from '../../e2e/support/installation.ts'

/** What came back of a flood of reviews: answers by status, and requests that ended without one. */
export interface Flooded {
  readonly statuses: ReadonlyMap<number, number>
  readonly broken: number
  /** connections that the server did not take: what the API server would lose, though they are tried again here */
  readonly notLetIn: number
  readonly perSecond: number
  /** those of status 503 that said when to come again */
  readonly withRetryAfter: number
}

export interface Target {
  readonly port: number
  readonly rendered: Pick<RenderedInstall, 'caPem'>
}

const REFUSED_PAUSE_MS = 20

/** Sends the same review over `sockets` connections at once, each again as soon as it was answered, for some time. */
export async function flood(
  { port, rendered }: Target,
  body: string,
  { sockets, milliseconds }: { sockets: number; milliseconds: number },
): Promise<Flooded> {
  const request = Buffer.from(
    'POST /mutate?timeout=5s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  const statuses = new Map<number, number>()
  const totals = { broken: 0, notLetIn: 0, withRetryAfter: 0 }
  // handshakes cost more than reviews: who is to be there is there before the clock starts
  const ready = await Promise.all(Array.from({ length: sockets }, () => open(port, rendered.caPem)))
  const began = performance.now()
  const isOver = (): boolean => performance.now() >= began + milliseconds

  const call = async (first: TLSSocket | undefined): Promise<void> => {
    for (let socket = first; !isOver(); socket = await open(port, rendered.caPem)) {
      if (socket === undefined) {
        totals.notLetIn += 1
        await sleep(REFUSED_PAUSE_MS)
      } else if (await converse(socket, request, isOver, note)) totals.broken += 1
    }
  }
  const note = (head: string): void => {
    const status = Number(head.slice(9, 12))
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status === 503 && /retry-after: \d/i.test(head)) totals.withRetryAfter += 1
  }
  await Promise.all(ready.map(call))
  for (const socket of ready) socket?.destroy()
  const answers = [...statuses.values()].reduce((sum, count) => sum + count, 0)
  return { ...totals, statuses, perSecond: answers / ((performance.now() - began) / 1000) }
}

/** One request after the other, until it is over or the connection is; whether the last one got no answer. */
function converse(
  socket: TLSSocket,
  request: Buffer,
  isOver: () => boolean,
  onAnswer: (head: string) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    let received = ''
    let waiting = false
    const send = (): void => {
      waiting = true
      socket.write(request)
    }
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += String(chunk)
      const end = received.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
      if (end < 0 || received.length < end + 4 + length) return
      const head = received.slice(0, end)
      received = ''
      waiting = false
      onAnswer(head)
      if (isOver() || /connection: close/i.test(head)) socket.destroy()
      else send()
    })
    socket.once('close', () => resolve(waiting))
    if (socket.destroyed) resolve(false)
    else send()
  })
}

/** @returns nothing where the server does not let it in */
function open(port: number, ca: string): Promise<TLSSocket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca }, () => resolve(socket))
    // also later, while nobody waits for it: a connection may be cut at any time
    socket.on('error', () => resolve(undefined))
  })
}
