import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface SlowFront extends AsyncDisposable {
  readonly port: number
  /** how many pieces of data passed it */
  readonly pieces: () => number
}

/**
 * A way to a port of 127.0.0.1 on which everything takes its time. The answers are held back, as the delay of a whole
 * round trip; each `lost` share of pieces takes `again` milliseconds more, and what follows waits for it, as TCP does.
 */
export async function startSlowFront(
  target: number,
  { milliseconds, lost, again }: { milliseconds: number; lost: number; again: number },
): Promise<SlowFront> {
  const sockets = new Set<Socket>()
  const every = Math.round(1 / lost)
  let pieces = 0

  const delayed = (from: Socket, to: Socket, base: number): void => {
    let due = 0
    from.on('data', (bytes) => {
      pieces += 1
      const late = base + (pieces % every === 0 ? again : 0)
      due = Math.max(performance.now() + late, due)
      setTimeout(() => void (to.destroyed || to.write(bytes)), Math.max(0, due - performance.now()))
    })
    from.on('error', () => from.destroy())
    from.on('close', () => setTimeout(() => to.destroy(), base + again))
  }
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const socket of [near, far]) sockets.add(socket.on('close', () => sockets.delete(socket)))
    delayed(near, far, 0)
    delayed(far, near, milliseconds)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    pieces: () => pieces,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
