import type { KubeClient } from './kube-client.ts'

/** The time for which we hold a Lease. */
export interface LeaseTerm {
  /** fires when it ends */
  readonly signal: AbortSignal
  /**
   * Whether it goes on, by the clock and at this moment: a process that stood still for a while may have lost the Lease
   * before its timers could tell.
   */
  readonly isHeld: () => boolean
}

/** The Lease is another's by now, so nothing may be written. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** The client for what only the holder may do: it writes nothing once the term is over, and breaks off what is under way. */
export function fenceClient(client: KubeClient, { signal, isHeld }: LeaseTerm): KubeClient {
  const send: KubeClient['send'] = async (method, path, body, options = {}) => {
    if (!isHeld()) throw new LeaseLost(`${method} ${path} was not sent: the Lease is not held any more`)
    const both = options.signal === undefined ? signal : AbortSignal.any([options.signal, signal])
    return client.send(method, path, body, { ...options, signal: both })
  }
  return {
    server: client.server,
    get: (path, options) => client.get(path, options),
    watch: (path, options) => client.watch(path, options),
    send,
    post: (path, body, options) => send('POST', path, body, options),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
