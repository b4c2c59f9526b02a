import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { AdmissionServer } from '../admission/server.ts'

type Listener = FastifyInstance | AdmissionServer

/** The address cannot be listened on. The message says which and how to mend it. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

export interface Place {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** the flag that chooses the port, for the message */
  readonly flag: string
}

/**
 * Listens, and tells the URL by which this machine reaches it.
 *
 * @throws ListenError for an address that is taken, or none of this machine
 */
export async function listen(app: Listener, { scheme, host, port, flag }: Place): Promise<string> {
  try {
    await listenAnywhere(app, host, port)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'
    throw new ListenError(
      code === 'EADDRINUSE'
        ? `port ${port} of ${host} is in use: stop what listens there, or choose another with ${flag} (0 takes a free one).`
        : `cannot listen on port ${port} of ${host} (${code}): choose others with --host and ${flag}.`,
      { cause },
    )
  }
  // a server that listens on a host and port has an address with both
  const { port: actual } = app.server.address() as AddressInfo
  const shown = isWildcard(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${scheme}://${shown}:${actual}`
}

async function listenAnywhere(app: Listener, host: string, port: number): Promise<void> {
  // of a name with several addresses fastify would listen on each with a server that we do not know
  const address = host === 'localhost' ? '127.0.0.1' : host
  await app.listen({ host: address, port }).catch((error: NodeJS.ErrnoException) => {
    // a node without IPv6: all addresses are then those of IPv4
    if (host !== '::' || error.code !== 'EAFNOSUPPORT') throw error
    return app.listen({ host: '0.0.0.0', port })
  })
}

/**
 * The connections on which nothing was ever asked. Go's client opens some ahead of need. Node takes them for busy:
 * `closeIdleConnections` spares them, and a server that waits for them to close does not end.
 */
export function trackUnused({ server }: AdmissionServer): ReadonlySet<Socket> {
  const unused = new Set<Socket>()
  server.on('secureConnection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return unused
}

/** Lets requests end and closes connections as they become idle; cutting one would fail somebody's pod. */
export async function closeGently(app: AdmissionServer, unused: ReadonlySet<Socket>): Promise<void> {
  const idle = setInterval(() => {
    app.server.closeIdleConnections()
    for (const socket of unused) socket.destroy()
  }, 50)
  try {
    await app.close()
  } finally {
    clearInterval(idle)
  }
}

/** Whether an address means all of them. */
export function isWildcard(host: string): boolean {
  return host === '::' || host === '0.0.0.0'
}
