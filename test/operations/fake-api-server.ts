import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer as createSocket, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { onTestFinished } from 'vitest'
import type { WatchedCluster } from '../corpus/watched-cluster.ts'

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  const socket = createSocket()
  socket.listen(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address() as AddressInfo
  socket.close()
  await once(socket, 'close')
  return port
}

/** A kubeconfig that leads to this port. */
export async function kubeConfigFor(port: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'config')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: {} }],
  }
  await writeFile(file, stringify(config))
  return file
}

/** Serves a cluster in memory over HTTP, until the test ends or somebody stops it. */
export async function serveCluster(
  cluster: WatchedCluster,
  port: number,
): Promise<{ stop: () => Promise<void> }> {
  const server = createServer((request, response) => void answer(cluster, request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const stop = (): Promise<void> => close(server)
  onTestFinished(stop)
  return { stop }
}

async function answer(
  cluster: WatchedCluster,
  { url }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(url ?? '', 'http://fake')
  response.setHeader('content-type', 'application/json')
  if (searchParams.get('watch') !== 'true') {
    response.end(JSON.stringify(await cluster.get(pathname)))
    return
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.flushHeaders()
  for await (const line of await cluster.watch(pathname, { signal: gone.signal })) response.write(`${line}\n`)
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
}
