import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { request, Agent } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:tls'
import { onTestFinished } from 'vitest'

export interface RunningServer {
  server: Server
  port: number
}

export async function serveTls({
  certPem,
  keyPem,
}: {
  certPem: string
  keyPem: string
}): Promise<RunningServer> {
  const server = createServer({ cert: certPem, key: keyPem, keepAliveTimeout: 60_000 }, (_, response) => {
    response.end('hello')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return { server, port: address.port }
}

/** A fresh handshake: the fingerprint of the leaf that was shown, or the error of a client that does not trust it. */
export async function handshake(
  port: number,
  { ca, host }: { ca: string | undefined; host: string },
): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: host })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerX509Certificate()?.fingerprint256 ?? 'none'
  } finally {
    socket.destroy()
  }
}

/** A client with one kept-alive connection; each call answers the local port, which tells connections apart. */
export function keptAliveClient(port: number, ca: string | undefined): () => Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  return async () => {
    const asked = request({ host: '127.0.0.1', port, ca, agent, servername: 'localhost' })
    asked.end()
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve).once('error', reject)
    })
    const localPort = response.socket.localPort
    await response.resume().toArray()
    if (response.statusCode !== 200 || localPort === undefined)
      throw new Error(`status ${response.statusCode}`)
    return localPort
  }
}
