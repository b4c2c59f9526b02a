import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createGrpcServer } from 'node:http2'

/** What an SDK asked, and where it believed to be. */
export interface DaprCall {
  readonly protocol: 'http' | 'grpc'
  /** `Host` or `:authority`: the name and port that the SDK dialled */
  readonly host: string
  readonly path: string
  readonly token: string | undefined
}

export interface FakeDaprd extends AsyncDisposable {
  readonly calls: readonly DaprCall[]
}

const GET_STATE = '/dapr.proto.runtime.v1.Dapr/GetState'
// A gRPC frame (not compressed, 6 bytes) with a GetStateResponse whose field 1, the data, is `pong`.
const PONG_FRAME = Buffer.from([0, 0, 0, 0, 6, 0x0a, 4, ...Buffer.from('pong')])
const EMPTY_FRAME = Buffer.alloc(5)

/** As much of daprd as SDKs need to believe in it, on two ports of 127.0.0.1, without TLS. */
export async function startFakeDaprd(ports: { http: number; grpc: number }): Promise<FakeDaprd> {
  const calls: DaprCall[] = []

  const http = createHttpServer((request, response) => {
    const { headers, url = '' } = request
    const token = headers['dapr-api-token']
    calls.push({ protocol: 'http', host: headers.host ?? '', path: url, token: token?.toString() })
    if (url.startsWith('/v1.0/healthz')) response.writeHead(204).end()
    else if (url === '/v1.0/metadata')
      response.setHeader('content-type', 'application/json').end('{"id":"order"}')
    else if (url.includes('/method/ping')) response.setHeader('content-type', 'text/plain').end('pong')
    else response.writeHead(404).end()
  })
  const grpc = createGrpcServer()
  grpc.on('stream', (stream, headers) => {
    const path = headers[':path'] ?? ''
    const token = headers['dapr-api-token']
    calls.push({ protocol: 'grpc', host: headers[':authority'] ?? '', path, token: token?.toString() })
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true })
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(path === GET_STATE ? PONG_FRAME : EMPTY_FRAME)
  })
  await Promise.all([
    once(http.listen(ports.http, '127.0.0.1'), 'listening'),
    once(grpc.listen(ports.grpc, '127.0.0.1'), 'listening'),
  ])
  return {
    calls,
    async [Symbol.asyncDispose]() {
      http.close()
      http.closeAllConnections()
      grpc.close()
    },
  }
}
