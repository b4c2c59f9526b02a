import type { TestCluster } from '../../../cluster/attach.ts'
import { makeNetwork, type Network } from './network.ts'
import { startReplica, type Replica, type ReplicaOptions } from './replica.ts'

export interface ReplicasOptions extends ReplicaOptions {
  readonly cluster: TestCluster
  readonly count: number
  /** milliseconds until the cluster learns that a replica comes or goes (0) */
  readonly lagMs?: number
  /** milliseconds between two readiness probes (500) */
  readonly probeMs?: number
}

/** Replicas of the program behind the installed Service, and what a Deployment does with them. */
export interface Replicas extends AsyncDisposable {
  /** the real thing, or the stand-in for it */
  readonly how: Network['how']
  /** those that were neither stopped nor removed, oldest first */
  readonly running: readonly Replica[]
  setLag(milliseconds: number): void
  /** one more; resolves when it listens. Options given here go before those of the start. */
  add(different?: Partial<ReplicaOptions>): Promise<Replica>
  /** as a Deployment with maxSurge 1 and maxUnavailable 0: a new one, and when it is published, the old one goes */
  replaceOne(old?: Replica, different?: Partial<ReplicaOptions>): Promise<Replica>
  /** each that runs, one after the other; resolves when the old ones are gone */
  rollingRestart(different?: Partial<ReplicaOptions>): Promise<void>
  /** resolves when all that run are published as ready */
  untilPublished(): Promise<void>
}

/** Starts `count` replicas and resolves when the API server may call all of them. What was started ends with the disposal. */
export async function startReplicas({
  cluster,
  count,
  lagMs = 0,
  probeMs = 500,
  ...options
}: ReplicasOptions): Promise<Replicas> {
  const network = makeNetwork()
  let lag = lagMs
  let started = 0
  const running: Replica[] = []
  const surroundings = { cluster, network, lag: () => lag, probeMs }

  const forget = (replica: Replica): void => {
    const index = running.indexOf(replica)
    if (index !== -1) running.splice(index, 1)
  }
  const add: Replicas['add'] = async (different = {}) => {
    started += 1
    const replica = await startReplica(surroundings, `replica-${started}`, { ...options, ...different })
    const known: Replica = {
      ...replica,
      get published() {
        return replica.published
      },
      async stop() {
        forget(known)
        return replica.stop()
      },
      async remove() {
        forget(known)
        await replica.remove()
      },
    }
    running.push(known)
    return known
  }
  const replaceOne: Replicas['replaceOne'] = async (old = running[0], different = {}) => {
    const fresh = await add(different)
    await fresh.untilPublished()
    await old?.stop()
    return fresh
  }
  const replicas: Replicas = {
    how: network.how,
    running,
    setLag(milliseconds) {
      lag = milliseconds
    },
    add,
    replaceOne,
    async rollingRestart(different) {
      const going: Promise<unknown>[] = []
      for (const old of running.slice()) {
        const fresh = await add(different)
        await fresh.untilPublished()
        // a Deployment does not wait for a Pod that drains
        going.push(old.stop())
      }
      await Promise.all(going)
    },
    async untilPublished() {
      await Promise.all(running.map((replica) => replica.untilPublished()))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map((replica) => replica.remove()))
      network.remove()
    },
  }
  try {
    await Promise.all(Array.from({ length: count }, () => add()))
    await replicas.untilPublished()
    return replicas
  } catch (error) {
    await replicas[Symbol.asyncDispose]()
    throw error
  }
}
