import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { connect, type ConnectionOptions } from 'node:tls'
import { vi } from 'vitest'
import { PATIENCE } from './patience.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One connection on which a test says exactly what it likes, and reads whole answers. */
export interface RawSocket {
  readonly send: (...parts: readonly (string | Uint8Array)[]) => void
  /** waits until there are so many answers */
  readonly answers: (count: number) => Promise<RawAnswer[]>
  /** whether the server told to send a body */
  readonly wasContinued: () => boolean
  /** waits until it does */
  readonly continued: () => Promise<void>
  /** waits until the server has closed the connection */
  readonly closed: () => Promise<void>
  readonly isOpen: () => boolean
  /** fingerprint of the certificate that this connection was greeted with */
  readonly fingerprint: string
  readonly destroy: () => void
}

/** Opens TLS to a server on 127.0.0.1 as the API server does. Closing the server closes it. */
export async function openSocket(
  port: number,
  options: Pick<ConnectionOptions, 'ca'> & ConnectionOptions & { readonly localAddress?: string },
): Promise<RawSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ALPNProtocols: ['http/1.1'],
    ...options,
  })
  await once(socket, 'secureConnect')
  return { ...converse(socket), fingerprint: socket.getPeerX509Certificate()?.fingerprint256 ?? '' }
}

function converse(socket: Duplex): Omit<RawSocket, 'fingerprint'> {
  let received = ''
  let open = true
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
  })
  // a connection that is cut is what some tests wait for
  socket.on('error', () => undefined)
  socket.on('close', () => {
    open = false
  })
  return {
    send(...parts) {
      for (const part of parts) if (socket.writable) socket.write(part)
    },
    async answers(count) {
      await vi.waitUntil(() => readAnswers(received).length >= count, PATIENCE)
      return readAnswers(received)
    },
    wasContinued: () => received.includes('HTTP/1.1 100 '),
    async continued() {
      await vi.waitUntil(() => received.includes('HTTP/1.1 100 '), PATIENCE)
    },
    async closed() {
      await vi.waitUntil(() => !open, PATIENCE)
    },
    isOpen: () => open,
    destroy: () => void socket.destroy(),
  }
}

/** The answers that have arrived completely. */
export function readAnswers(received: string): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = received
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) return answers
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const status = Number(first.split(' ')[1])
    const from = end + 4
    const length = status === 100 ? 0 : lengthOf(headers, rest.slice(from))
    if (length === undefined || rest.length < from + length) return answers
    if (status !== 100) answers.push({ status, headers, body: rest.slice(from, from + length) })
    rest = rest.slice(from + length)
  }
}

/** Length of a body; of a chunked one only the empty body that Node itself sends is ever needed. */
function lengthOf(headers: Readonly<Record<string, string>>, rest: string): number | undefined {
  if (headers['transfer-encoding'] !== 'chunked') return Number(headers['content-length'] ?? 0)
  const end = rest.indexOf('0\r\n\r\n')
  return end === -1 ? undefined : end + 5
}

/** A request as it stands on the wire. */
export function post(
  body: string | Uint8Array,
  { path = '/mutate', headers = {} }: { path?: string; headers?: Readonly<Record<string, string>> } = {},
): (string | Uint8Array)[] {
  const all = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return [`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, body]
}
