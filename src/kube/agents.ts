import { isIP } from 'node:net'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import type { Transport } from './credentials.ts'
import { KubeConfigError } from './kube-config.ts'

/** The connections to the API server. */
export interface Agents {
  /** short calls, over few connections that are used again and again */
  readonly calls: Dispatcher
  /** watches, each with a connection to itself */
  readonly watches: Dispatcher
}

export interface AgentPool extends AsyncDisposable {
  /** The same agents as long as certificates, server and proxy stay the same. */
  agentsFor(transport: Transport): Agents
}

/**
 * Idle connections are kept for less than the API server's own 90 s (apiserver secure_serving.go) and the 60 s of many
 * load balancers, so that a request seldom meets one that the other side is just closing.
 */
const KEEP_IDLE_MS = 45_000

/**
 * Node sets ten probes at one second's distance after this delay (net.Socket.setKeepAlive), so the kernel reports a
 * dead peer after 30 s of silence. undici's own delay of 60 s would make it 70 s.
 */
const KEEP_ALIVE_DELAY_MS = 20_000

/** More calls at the same time wait for each other. */
const CALL_CONNECTIONS = 16

/**
 * Keeps one pair of agents, instead of client-node's new agent for every request. When the CA or the client certificate
 * changes, a new pair is made, and the old one closes as its requests and watches end.
 *
 * HTTP/1.1, not HTTP/2: with HTTP/2 all watches share one connection, one stall stops them all, and undici 8.12 sends
 * PINGs but sets no time limit on their answer (client-h2.js onHttp2SendPing), so it would not find a dead peer. With
 * HTTP/1.1 the kernel's keep-alive guards every watch by itself, and ending a watch is closing a socket. The price is a
 * socket for each watch.
 */
export function poolAgents(): AgentPool {
  const all = new Set<Dispatcher>()
  let current: { key: string; agents: Agents } | undefined

  function retire({ calls, watches }: Agents): void {
    for (const agent of [calls, watches])
      agent.close().then(
        () => all.delete(agent),
        () => all.delete(agent),
      )
  }

  return {
    agentsFor(transport) {
      const key = keyOf(transport)
      if (current?.key === key) return current.agents
      if (current) retire(current.agents)
      const agents = { calls: makeAgent(transport, CALL_CONNECTIONS), watches: makeAgent(transport, null) }
      current = { key, agents }
      all.add(agents.calls).add(agents.watches)
      return agents
    },
    async [Symbol.asyncDispose]() {
      const last = [...all]
      all.clear()
      await Promise.all(last.map((agent) => agent.destroy()))
    },
  }
}

function keyOf({ server, proxy, tls }: Transport): string {
  return [server.origin, proxy, ...Object.entries(tls).flat().map(String)].join('\n')
}

function makeAgent({ server, proxy, tls }: Transport, connections: number | null): Dispatcher {
  const alive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS }
  const options = {
    allowH2: false,
    connections,
    keepAliveTimeout: KEEP_IDLE_MS,
    keepAliveMaxTimeout: KEEP_IDLE_MS,
  }
  if (proxy === undefined) return new Agent({ ...options, connect: { ...tls, ...alive, allowH2: false } })
  if (!/^(https?|socks5):/.test(proxy))
    throw new KubeConfigError(
      `the proxy-url ${proxy} is of a kind that is not supported: use http, https or socks5`,
    )
  // Behind a proxy, undici derives no name for the TLS handshake when it is given other TLS settings.
  const host = server.hostname.replaceAll(/[[\]]/g, '')
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined)
  return new ProxyAgent({
    ...options,
    uri: proxy,
    requestTls: { ...tls, ...(servername === undefined ? {} : { servername }) },
    proxyTls: alive,
  })
}
