import { setTimeout as sleep } from 'node:timers/promises'
import type { TestCluster } from '../../../cluster/attach.ts'
import { waitUntil } from '../../../cluster/wait-until.ts'
import { launchServer, type LaunchedServer, type LaunchOptions } from '../server-process.ts'
import { wireTo, type TcpProxy } from '../tcp-proxy.ts'
import { publishEndpoint, type EndpointState } from './endpoint-slice.ts'
import type { Network } from './network.ts'

export interface ReplicaOptions extends Pick<LaunchOptions, 'env' | 'nodeFlags' | 'program' | 'caPem'> {
  /** of `serve --cluster`, besides those that say where to listen and where the API server is */
  readonly flags: readonly string[]
  /** with the rights of the ServiceAccount */
  readonly kubeconfig: string
}

/** `serve --cluster`, behind the Service under an address of its own. */
export interface Replica {
  readonly name: string
  readonly netns: string | undefined
  readonly address: string
  readonly port: number
  readonly server: LaunchedServer
  /** its way to the API server, and nobody else's */
  readonly wire: TcpProxy
  /** what the cluster was told of it last */
  readonly published: EndpointState | undefined
  /** resolves when the API server may call it */
  untilPublished(): Promise<void>
  /** as a deleted Pod: SIGTERM at once, and the cluster learns of it later. Resolves with the exit code when it is gone. */
  stop(): Promise<number | null>
  /** SIGKILL; the cluster learns of it when its probe fails */
  kill(): Promise<void>
  pause(): void
  resume(): void
  /** ends all of it at once, and what was made for it */
  remove(): Promise<void>
}

export interface Surroundings {
  readonly cluster: TestCluster
  readonly network: Network
  /** milliseconds until the cluster learns of a change */
  readonly lag: () => number
  /** milliseconds between two probes, as `periodSeconds` */
  readonly probeMs: number
}

// as `timeoutSeconds` of the installed probe
const PROBE_TIMEOUT_MS = 5000

/** Starts a replica and resolves when it listens; it is published by itself when it becomes ready. */
export async function startReplica(
  { cluster, network, lag, probeMs }: Surroundings,
  name: string,
  { flags, kubeconfig, ...launch }: ReplicaOptions,
): Promise<Replica> {
  const place = network.addPlace()
  const { wire, kubeconfig: viaWire } = await wireTo(kubeconfig, { host: network.hostAddress, name })
  const where = [
    `--host=${place.address}`,
    `--port=${place.ports.admission}`,
    `--ops-port=${place.ports.ops}`,
  ]
  const server = await launchServer({
    ...launch,
    args: [...where, `--kubeconfig=${viaWire}`, ...flags],
    within: place.within,
  })
  const port = Number(new URL(server.url).port)
  const endpoint = publishEndpoint(cluster, { name, address: place.address, port }, lag)
  const probing = new AbortController()
  let isStopping = false

  const probe = async (): Promise<void> => {
    const serving = await isReady(server)
    if (!probing.signal.aborted)
      endpoint.tell({ ready: serving && !isStopping, serving, terminating: isStopping })
  }
  const probes = (async () => {
    while (!probing.signal.aborted) {
      await probe()
      await sleep(probeMs, undefined, { signal: probing.signal }).catch(() => undefined)
    }
  })()
  const leave = async (): Promise<void> => {
    probing.abort()
    await probes
    place.remove()
    await wire[Symbol.asyncDispose]()
  }

  return {
    name,
    netns: place.netns,
    address: place.address,
    port,
    server,
    wire,
    get published() {
      return endpoint.published
    },
    untilPublished: () =>
      waitUntil(`${name} is published as ready`, async () => endpoint.published?.ready === true, {
        hopeless: async () => (server.hasEnded() ? `${name} has ended: ${lastLines(server)}` : undefined),
      }).then(() => undefined),
    async stop() {
      isStopping = true
      const ended = server.stop('SIGTERM')
      endpoint.tell({ ready: false, serving: true, terminating: true })
      const code = await ended
      endpoint.tell(undefined)
      await leave()
      await endpoint.settled()
      return code
    },
    async kill() {
      await server.stop('SIGKILL')
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async remove() {
      await server.stop('SIGKILL')
      await leave()
      await endpoint[Symbol.asyncDispose]()
    },
  }
}

async function isReady(server: LaunchedServer): Promise<boolean> {
  const late = sleep(PROBE_TIMEOUT_MS, false)
  const answer = server.ask('/readyz').then(
    ({ status }) => status === 200,
    () => false,
  )
  return Promise.race([answer, late])
}

function lastLines({ log }: LaunchedServer): string {
  return log
    .slice(-5)
    .map((line) => JSON.stringify(line))
    .join('\n')
}
