import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'

/** An HTTP or HTTPS server on 127.0.0.1 that counts its TCP connections. */
export class CountingServer implements AsyncDisposable {
  readonly server: Server
  readonly #protocol: 'http' | 'https'
  readonly #sockets = new Set<Socket>()
  /** connections so far */
  accepted = 0

  private constructor(server: Server, protocol: 'http' | 'https') {
    this.server = server
    this.#protocol = protocol
    server.keepAliveTimeout = 60_000
    server.on('connection', (socket: Socket) => {
      this.accepted += 1
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async http(handler: RequestListener): Promise<CountingServer> {
    return new CountingServer(createHttpServer(handler), 'http').#listen()
  }

  static async https(options: ServerOptions, handler: RequestListener): Promise<CountingServer> {
    return new CountingServer(createHttpsServer(options, handler), 'https').#listen()
  }

  get port(): number {
    const address = this.server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  get url(): string {
    return `${this.#protocol}://127.0.0.1:${this.port}`
  }

  /** connections that are open now */
  get open(): number {
    return this.#sockets.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.server.close()
    if (this.server.listening) await once(this.server, 'close')
  }

  async #listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    return this
  }
}
