import { createHash } from 'node:crypto'
import { objectOr } from '../core/cluster-facts.ts'
import { numberOf, textOf } from '../discovery/loose.ts'
import type { OwnerReference } from '../facts/owner-reference.ts'

const API_VERSION = 'events.k8s.io/v1'
export const REPORTER = 'dapr-shared-admission'

/** Of a name: room for the hash, within the 253 of an object's name. */
const LONGEST_OWNER = 200
const LONGEST_INSTANCE = 128

export interface EventParts {
  readonly namespace: string
  readonly owner: OwnerReference
  readonly note: string
  /** of this replica */
  readonly instance: string
  /** milliseconds since the epoch */
  readonly now: number
}

/** The path of all Events of a namespace. */
export function eventsPath(namespace: string): string {
  return `/apis/${API_VERSION}/namespaces/${namespace}/events`
}

/** The same for all replicas, so that they continue one another's Event. */
export function eventName({ owner, note }: Pick<EventParts, 'owner' | 'note'>): string {
  const hash = createHash('sha256').update(`${owner.uid}\n${note}`).digest('hex').slice(0, 16)
  return `${owner.name.slice(0, LONGEST_OWNER).replace(/[^a-z0-9]+$/, '')}.${hash}`
}

/** The Event of a first refusal, as `kubectl describe` shows it on the owner. */
export function newEvent(parts: EventParts): object {
  const { namespace, owner, note, instance, now } = parts
  const { group, version, kind, name, uid } = owner
  return {
    apiVersion: API_VERSION,
    kind: 'Event',
    metadata: { name: eventName(parts), namespace },
    eventTime: microTime(now),
    reportingController: REPORTER,
    reportingInstance: instance.slice(0, LONGEST_INSTANCE),
    type: 'Warning',
    reason: 'RefusedByDaprShared',
    action: 'CreatePod',
    regarding: { apiVersion: group === '' ? version : `${group}/${version}`, kind, namespace, name, uid },
    note,
  }
}

/** What an Event tells already. */
export interface EventState {
  readonly count: number
  readonly resourceVersion: string
}

/** The state of an Event as an API server answers it. */
export function stateOf(event: unknown): EventState {
  const { metadata, series } = objectOr(event)
  return {
    count: numberOf(objectOr(series)['count']) ?? 1,
    resourceVersion: textOf(objectOr(metadata)['resourceVersion']) ?? '',
  }
}

/** The patch that continues an Event by so many refusals, if it is still as we know it: other replicas continue it, too. */
export function continuation({ count, resourceVersion }: EventState, more: number, now: number): object {
  return {
    metadata: { resourceVersion },
    series: { count: count + more, lastObservedTime: microTime(now) },
  }
}

/** metav1.MicroTime */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}
