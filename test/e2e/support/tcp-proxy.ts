import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A wire to a port of 127.0.0.1 that can be cut, and clogged. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** Breaks all connections, and each new one at once. */
  cut(): void
  /** Breaks the connections there are; new ones go through. */
  interrupt(): void
  /** Swallows what passes over the connections there are, as a dead route does; new ones go through. */
  clog(): void
  /** The same for connections to come as well. */
  clogAll(): void
  /** All that were clogged break; everything new goes through. */
  mend(): void
}

type Mode = 'open' | 'cut' | 'clogged'

/** @param host where it listens; only what comes from this machine or its network namespaces should reach it */
export async function startTcpProxy(target: number, host = '127.0.0.1'): Promise<TcpProxy> {
  const wires = new Set<{ ends: readonly Socket[]; clogged: boolean }>()
  let mode: Mode = 'open'

  const server = createServer((near) => {
    if (mode === 'cut') {
      near.destroy()
      return
    }
    const far = connect(target, '127.0.0.1')
    const wire = { ends: [near, far], clogged: mode === 'clogged' }
    wires.add(wire)
    const link = (from: Socket, to: Socket): void => {
      from.on('data', (bytes) => {
        if (!wire.clogged) to.write(bytes)
      })
      // a broken end breaks the other, unless the wire is clogged: then nobody learns of it
      from.on('error', () => from.destroy())
      from.on('close', () => {
        if (!wire.clogged) to.destroy()
        wires.delete(wire)
      })
    }
    link(near, far)
    link(far, near)
  })
  await once(server.listen(0, host), 'listening')

  const breakAll = (which: (wire: { clogged: boolean }) => boolean = () => true): void => {
    for (const wire of [...wires].filter(which)) for (const end of wire.ends) end.destroy()
  }
  const clogPresent = (): void => {
    for (const wire of wires) wire.clogged = true
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      mode = 'cut'
      breakAll()
    },
    interrupt: () => breakAll(),
    clog: clogPresent,
    clogAll() {
      mode = 'clogged'
      clogPresent()
    },
    mend() {
      mode = 'open'
      breakAll(({ clogged }) => clogged)
    },
    async [Symbol.asyncDispose]() {
      server.close()
      breakAll()
    },
  }
}

/**
 * A wire to the API server of a kubeconfig, and a kubeconfig that leads through it.
 *
 * @param at another address of this machine where it listens, and what tells its kubeconfig from those of other wires
 */
export async function wireTo(
  kubeconfig: string,
  at?: { host: string; name: string },
): Promise<{ wire: TcpProxy; kubeconfig: string }> {
  const text = await readFile(kubeconfig, 'utf8')
  const wire = await startTcpProxy(Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]), at?.host)
  const file = `${kubeconfig}.via-${at?.name ?? 'wire'}`
  // the certificate of the API server has no address but 127.0.0.1
  const known = at === undefined ? '' : '\n      tls-server-name: kubernetes.default.svc'
  const server = `https://${at?.host ?? '127.0.0.1'}:${wire.port}${known}`
  await writeFile(file, text.replace(/https:\/\/127\.0\.0\.1:\d+/, server))
  return { wire, kubeconfig: file }
}
