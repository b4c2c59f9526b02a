import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterSource } from '../discovery/cluster-source.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { fenceClient, type LeaseTerm } from '../kube/lease-term.ts'
import { contendForLease } from '../kube/lease.ts'
import { publishStatus } from '../policy/publish-status.ts'
import { NAME } from '../install/names.ts'
import type { Logger } from '../telemetry/logger.ts'

/** What only one replica may do; done until the signal of the term fires. */
export type Duty = (term: LeaseTerm) => Promise<void>

export interface LeadingParts {
  readonly client: KubeClient
  /** where the Lease lives */
  readonly ownNamespace: string
  readonly duties: readonly Duty[]
  /** whether the certificates are among them */
  readonly keepsCertificates?: boolean
  readonly log: Logger
}

export interface Leading extends AsyncDisposable {
  /** whether this replica holds the Lease at this moment */
  isLeader(): boolean
}

const STATUSES = 'statuses'
const CERTIFICATES = 'certificates'

const time = {
  now: Date.now,
  clock: (): number => performance.now(),
  sleep: (milliseconds: number, signal: AbortSignal): Promise<void> =>
    sleep(milliseconds, undefined, { signal }),
}

/**
 * Has the duties done by whichever replica holds the Lease. Without one (no right to it, no such namespace) nobody does
 * them, and the server goes on.
 */
export function startLeading({
  client,
  ownNamespace,
  duties,
  keepsCertificates = false,
  log,
}: LeadingParts): Leading {
  const stop = new AbortController()
  let term: LeaseTerm | undefined
  const done = contendForLease({
    ...time,
    client,
    namespace: ownNamespace,
    name: NAME,
    identity: `${hostname()}_${randomUUID()}`,
    random: Math.random,
    duties: keepsCertificates ? `${STATUSES},${CERTIFICATES}` : STATUSES,
    // or a change of mode would never end: without a certificate no new replica is ready, and no old one goes
    outranks: (theirs) => keepsCertificates && !(theirs ?? '').split(',').includes(CERTIFICATES),
    signal: stop.signal,
    log,
    async lead(present) {
      term = present
      const doOne = async (duty: Duty): Promise<void> =>
        duty(present).catch((error: unknown) => log.warn({ err: error }, 'a duty of the leader has ended'))
      await Promise.all(duties.map(doOne))
    },
  })
  return {
    isLeader: () => term?.isHeld() ?? false,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}

/** Writes the statuses of our resources. */
export function statusDuty({
  client,
  source,
  log,
}: {
  readonly client: KubeClient
  readonly source: Pick<ClusterSource, 'current' | 'resources' | 'consumers'>
  readonly log: Logger
}): Duty {
  return (term) =>
    publishStatus(
      {
        ...time,
        log,
        client: fenceClient(client, term),
        // before everything was read, what is overridden could only be guessed
        resources: (kind) => (source.current() === undefined ? [] : source.resources[kind].items().values()),
        consumers: source.consumers,
      },
      term.signal,
    )
}
