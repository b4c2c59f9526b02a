import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterSource } from '../discovery/cluster-source.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { contendForLease } from '../kube/lease.ts'
import { publishStatus } from '../policy/publish-status.ts'
import type { Logger } from '../telemetry/logger.ts'

export interface PublishingParts {
  readonly client: KubeClient
  readonly source: Pick<ClusterSource, 'current' | 'resources' | 'consumers'>
  /** where the Lease lives */
  readonly ownNamespace: string
  readonly log: Logger
}

const LEASE = 'dapr-shared-admission'

/**
 * Writes the statuses of our resources, by whichever replica holds the Lease. Without one (no right to it, no such
 * namespace) nobody writes, and the server goes on.
 */
export function startPublishing({ client, source, ownNamespace, log }: PublishingParts): AsyncDisposable {
  const stop = new AbortController()
  const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    sleep(milliseconds, undefined, { signal })
  const time = { now: Date.now, clock: () => performance.now(), sleep: wait, log }
  const done = contendForLease({
    ...time,
    client,
    namespace: ownNamespace,
    name: LEASE,
    identity: `${hostname()}_${randomUUID()}`,
    random: Math.random,
    signal: stop.signal,
    lead: (signal) =>
      publishStatus(
        {
          ...time,
          client,
          // before everything was read, what is overridden could only be guessed
          resources: (kind) =>
            source.current() === undefined ? [] : source.resources[kind].items().values(),
          consumers: source.consumers,
        },
        signal,
      ),
  })
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}
