import { UnreadableAnswer } from './call-errors.ts'
import { readFields } from './read-fields.ts'

export interface LeaseTimings {
  /** for how long a record that does not change keeps others away */
  readonly durationMs: number
  /** after how long without a renewal its holder must stop */
  readonly renewDeadlineMs: number
  readonly retryMs: number
}

/** Of a Lease: what its holder does with it. Kubernetes has no field for this. */
export const DUTIES_ANNOTATION = 'shared.dapr.io/duties'

/** A Lease as it was read (coordination.k8s.io/v1). */
export interface SeenLease {
  readonly object: Readonly<Record<string, unknown>>
  /** its spec as text: it changes when somebody renews */
  readonly record: string
  /** empty where nobody holds it */
  readonly holder: string
  /** what its holder, or the last one, says that he does; none where he says nothing */
  readonly duties: string | undefined
  readonly durationMs: number
  readonly acquireTime: unknown
  readonly transitions: number
}

export function readLease(value: unknown): SeenLease {
  const object = readFields(value)
  const { resourceVersion, annotations } = readFields(object['metadata'])
  const duties = readFields(annotations)[DUTIES_ANNOTATION]
  if (typeof resourceVersion !== 'string') {
    throw new UnreadableAnswer('a lease has no metadata.resourceVersion')
  }
  const spec = readFields(object['spec'])
  const { holderIdentity, leaseDurationSeconds, acquireTime, leaseTransitions } = spec
  return {
    object,
    record: JSON.stringify(spec),
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    duties: typeof duties === 'string' ? duties : undefined,
    durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : 0,
    acquireTime,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
  }
}

/** A Lease that nobody has held yet. */
export function unclaimed(namespace: string, name: string): object {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } }
}

/** The Lease with us as its holder. It keeps its resourceVersion, so that of two who try at once one is refused. */
export function claim({
  identity,
  duties,
  now,
  timings,
  present,
}: {
  readonly identity: string
  readonly duties: string
  readonly now: number
  readonly timings: LeaseTimings
  readonly present: SeenLease
}): object {
  const isOurs = present.holder === identity
  // one that was just made, or rendered by an installer, was never held: its first holder is no change
  const isFirst = present.acquireTime === undefined
  const metadata = readFields(present.object['metadata'])
  return {
    ...present.object,
    metadata: {
      ...metadata,
      annotations: { ...readFields(metadata['annotations']), [DUTIES_ANNOTATION]: duties },
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(timings.durationMs / 1000),
      acquireTime: isOurs ? present.acquireTime : microTime(now),
      renewTime: microTime(now),
      leaseTransitions: present.transitions + (isOurs || isFirst ? 0 : 1),
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
