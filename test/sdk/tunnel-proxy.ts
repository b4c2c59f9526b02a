import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'

/** An HTTP proxy that tunnels to 127.0.0.1, whatever host it is asked for. */
export interface TunnelProxy extends AsyncDisposable {
  readonly url: string
  /** The `host:port` of each CONNECT. */
  readonly asked: readonly string[]
}

export async function startTunnelProxy(): Promise<TunnelProxy> {
  const asked: string[] = []
  const server = createServer((_request, response) => {
    response.writeHead(405).end()
  })
  server.on('connect', ({ url = '' }, near) => {
    asked.push(url)
    const far = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n')
      far.pipe(near).pipe(far)
    })
    far.on('error', () => near.destroy())
    near.on('error', () => far.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
