import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as ask } from 'node:https'
import type { AddressInfo } from 'node:net'
import { parse, stringify } from 'yaml'
import { makeAuthority, signServing } from '../../../src/certs/authority.ts'

/** What a request to the API server is, as far as a scenario needs to know it. */
export interface ApiCall {
  readonly method: string
  /** with its query */
  readonly path: string
  readonly isWatch: boolean
}

/** A stand-in for the network and the API server, that understands what passes: calls can be delayed, watches damaged. */
export interface ApiProxy extends AsyncDisposable {
  /** a kubeconfig that leads through it */
  readonly kubeconfig: string
  /** Milliseconds that a call is held before it is passed on; 0 unless told otherwise. */
  delay: (call: ApiCall) => number
  /** how many watches are open */
  watches(): number
  /** Says something on all watches that are open, at the place of a line. */
  say(text: string): number
  /** Ends all watches that are open, as a server does that stops in the middle. */
  breakWatches(): void
}

/** @param kubeconfig leads to the API server, with a token */
export async function startApiProxy(kubeconfig: string): Promise<ApiProxy> {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[]
  }
  const cluster = config.clusters[0]?.cluster ?? {}
  const { hostname, port } = new URL(cluster['server'] ?? '')
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(cluster['certificate-authority'] ?? '', 'utf8'),
  })
  const now = (): Date => new Date()
  const authority = await makeAuthority({ commonName: 'API proxy', now, days: 1 })
  const { certPem, keyPem } = await signServing({ authority, hosts: ['127.0.0.1'], now, days: 1 })

  const watches = new Set<ServerResponse>()
  const proxy: Pick<ApiProxy, 'delay'> = { delay: () => 0 }

  const pass = (call: ApiCall, from: IncomingMessage, to: ServerResponse): void => {
    const onward = ask({ hostname, port, agent, method: call.method, path: call.path, headers: from.headers })
    const giveUp = (): void => void to.destroy()
    onward.on('error', giveUp).on('response', (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('error', giveUp).pipe(to)
      if (!call.isWatch) return
      to.flushHeaders()
      watches.add(to)
      to.on('close', () => watches.delete(to))
    })
    to.on('close', () => onward.destroy())
    from.pipe(onward)
  }
  const server = createServer({ cert: certPem, key: keyPem }, (from, to) => {
    const path = from.url ?? '/'
    const call = { method: from.method ?? 'GET', path, isWatch: /[?&]watch=(true|1)/.test(path) }
    const milliseconds = proxy.delay(call)
    if (milliseconds === 0) pass(call, from, to)
    else setTimeout(() => pass(call, from, to), milliseconds).unref()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')

  const file = `${kubeconfig}.via-api-proxy-${(server.address() as AddressInfo).port}`
  cluster['server'] = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  delete cluster['certificate-authority']
  cluster['certificate-authority-data'] = Buffer.from(authority.certPem).toString('base64')
  await writeFile(file, stringify(config), { mode: 0o600 })

  return Object.assign(proxy, {
    kubeconfig: file,
    watches: () => watches.size,
    say(text: string) {
      for (const watch of watches) watch.write(text)
      return watches.size
    },
    breakWatches() {
      for (const watch of watches) watch.destroy()
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  })
}
