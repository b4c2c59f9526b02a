import { UnreadableAnswer } from './call-errors.ts'
import { readFields } from './read-fields.ts'

export interface LeaseTimings {
  /** for how long a record that does not change keeps others away */
  readonly durationMs: number
  /** after how long without a renewal its holder must stop */
  readonly renewDeadlineMs: number
  readonly retryMs: number
}

/** A Lease as it was read (coordination.k8s.io/v1). */
export interface SeenLease {
  readonly object: Readonly<Record<string, unknown>>
  /** its spec as text: it changes when somebody renews */
  readonly record: string
  /** empty where nobody holds it */
  readonly holder: string
  readonly durationMs: number
  readonly acquireTime: unknown
  readonly transitions: number
}

export function readLease(value: unknown): SeenLease {
  const object = readFields(value)
  if (typeof readFields(object['metadata'])['resourceVersion'] !== 'string') {
    throw new UnreadableAnswer('a lease has no metadata.resourceVersion')
  }
  const spec = readFields(object['spec'])
  const { holderIdentity, leaseDurationSeconds, acquireTime, leaseTransitions } = spec
  return {
    object,
    record: JSON.stringify(spec),
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : 0,
    acquireTime,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
  }
}

/**
 * The Lease with us as its holder. It keeps its resourceVersion, so that of two who try at once one is refused.
 *
 * @param present as it was read; none where there is no such Lease yet
 */
export function claim({
  namespace,
  name,
  identity,
  now,
  timings,
  present,
}: {
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly now: number
  readonly timings: LeaseTimings
  readonly present: SeenLease | undefined
}): object {
  const isOurs = present?.holder === identity
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: present?.object['metadata'] ?? { namespace, name },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(timings.durationMs / 1000),
      acquireTime: isOurs ? present.acquireTime : microTime(now),
      renewTime: microTime(now),
      leaseTransitions: present === undefined ? 0 : present.transitions + (isOurs ? 0 : 1),
    },
  }
}

/** The Lease without a holder, and with a duration that keeps nobody away. */
export function release({ object }: SeenLease, now: number): object {
  const spec = {
    ...readFields(object['spec']),
    holderIdentity: '',
    leaseDurationSeconds: 1,
    renewTime: microTime(now),
  }
  return { ...object, spec }
}

/** metav1.MicroTime: six digits, or the API server refuses it. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}
