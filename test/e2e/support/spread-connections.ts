import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A port that stands for several of 127.0.0.1, as a Service does: each connection goes to the next one that takes it. */
export interface Spread extends AsyncDisposable {
  readonly port: number
}

/** @param address of this machine, to listen on */
export async function spreadConnections(targets: readonly number[], address = '127.0.0.1'): Promise<Spread> {
  const open = new Set<Socket>()
  let turn = 0

  const reach = (near: Socket, left: number): void => {
    const far = connect(targets[turn++ % targets.length] ?? 0, '127.0.0.1')
    const refused = (): void => (left > 0 ? reach(near, left - 1) : void near.destroy())
    far.once('error', refused).once('connect', () => {
      far.off('error', refused).on('error', () => far.destroy())
      far.on('close', () => near.destroy())
      near.on('close', () => far.destroy())
      near.pipe(far).pipe(near)
    })
  }
  const server = createServer((near) => {
    open.add(near.on('error', () => near.destroy()).on('close', () => open.delete(near)))
    reach(near, targets.length - 1)
  })
  await once(server.listen(0, address), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
