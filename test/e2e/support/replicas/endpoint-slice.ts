import { setTimeout as sleep } from 'node:timers/promises'
import type { TestCluster } from '../../../cluster/attach.ts'
import { NAME, SYSTEM_NAMESPACE } from '../installation.ts'

/** What the rest of the cluster is told of one replica, as a Pod's conditions reach an EndpointSlice. */
export interface EndpointState {
  /** takes new calls: neither unready nor on its way out */
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

export interface Endpoint {
  readonly name: string
  readonly address: string
  readonly port: number
}

/** The EndpointSlice of one replica, written as late as the controllers and proxies of a busy cluster may. */
export interface PublishedEndpoint {
  /** what the slice says since the API server took it; nothing before that, or after it was removed */
  readonly published: EndpointState | undefined
  /** @param state what it shall say; undefined removes it */
  tell(state: EndpointState | undefined): void
  /** resolves when all that was told so far is written */
  settled(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/endpointslices`
const RETRY_MS = 100

/** @param lag milliseconds until a change is written, asked at each change */
export function publishEndpoint(
  { request }: TestCluster,
  endpoint: Endpoint,
  lag: () => number,
): PublishedEndpoint {
  let published: EndpointState | undefined
  let last = ''
  let work = Promise.resolve()
  const stop = new AbortController()

  const write = async (state: EndpointState | undefined): Promise<void> => {
    while (!stop.signal.aborted) {
      // as a controller: an API server that is away is asked again
      const status = await send(state).catch(() => 0)
      if (status === 200 || status === 201 || (state === undefined && status === 404)) {
        published = state
        return
      }
      await sleep(RETRY_MS)
    }
  }
  const send = async (state: EndpointState | undefined): Promise<number> => {
    const path = `${SLICES}/${endpoint.name}`
    if (state === undefined) return (await request('DELETE', path)).status
    const slice = sliceOf(endpoint, state)
    const { status } = await request('PUT', path, slice)
    return status === 404 ? (await request('POST', SLICES, slice)).status : status
  }

  return {
    get published() {
      return published
    },
    tell(state) {
      const told = JSON.stringify(state ?? null)
      if (told === last) return
      last = told
      // each change is as late as its own lag, and none overtakes another
      const due = sleep(lag(), undefined, { signal: stop.signal }).catch(() => undefined)
      work = work.then(() => due).then(() => write(state))
    },
    settled: () => work,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await work
      await send(undefined).catch(() => undefined)
    },
  }
}

function sliceOf({ name, address, port }: Endpoint, conditions: EndpointState): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      labels: {
        'kubernetes.io/service-name': NAME,
        // the controller removes what is its own and has no Pod
        'endpointslice.kubernetes.io/managed-by': 'replicas.test',
      },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions }],
    ports: [{ name: 'admission', port, protocol: 'TCP' }],
  }
}
