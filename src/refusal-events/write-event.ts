import { ApiError } from '../kube/call-errors.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import type { OwnerReference } from '../facts/owner-reference.ts'
import { continuation, eventName, eventsPath, newEvent, stateOf, type EventState } from './event-object.ts'

/** An Event that this replica wrote, or continues. */
export interface WrittenEvent {
  readonly path: string
  readonly state: EventState
}

export interface WriteParts {
  readonly client: Pick<KubeClient, 'post' | 'send'>
  /** the name of this replica */
  readonly instance: string
  /** milliseconds since the epoch */
  readonly now: () => number
}

export interface ToldOwner {
  readonly namespace: string
  readonly owner: OwnerReference
  readonly note: string
}

const MERGE = { contentType: 'application/merge-patch+json' }

/**
 * Writes the Event of a first refusal, or finds that of another replica, or of a time before our start.
 *
 * @returns it, and whether it tells of this refusal already
 * @throws ApiError, UnreachableError
 */
export async function beginEvent(
  { client, instance, now }: WriteParts,
  told: ToldOwner,
  signal: AbortSignal,
): Promise<{ readonly event: WrittenEvent; readonly isNew: boolean }> {
  const all = eventsPath(told.namespace)
  const path = `${all}/${eventName(told)}`
  try {
    const created = await client.post(all, newEvent({ ...told, instance, now: now() }), { signal })
    return { event: { path, state: stateOf(created) }, isNew: true }
  } catch (error) {
    if (!isStatus(error, 409)) throw error
    return { event: await readEvent(client, path, signal), isNew: false }
  }
}

/**
 * Adds refusals to the count of an Event.
 *
 * @returns nothing where it is gone: the API server keeps Events for an hour
 * @throws ApiError, UnreachableError
 */
export async function continueEvent(
  { client, now }: WriteParts,
  event: WrittenEvent,
  more: number,
  signal: AbortSignal,
): Promise<WrittenEvent | undefined> {
  const add = async ({ path, state }: WrittenEvent): Promise<WrittenEvent> => {
    const patch = continuation(state, more, now())
    return { path, state: stateOf(await client.send('PATCH', path, patch, { ...MERGE, signal })) }
  }
  try {
    return await add(event).catch(async (error: unknown) => {
      // another replica was faster
      if (!isStatus(error, 409)) throw error
      return add(await readEvent(client, event.path, signal))
    })
  } catch (error) {
    if (isStatus(error, 404)) return undefined
    throw error
  }
}

/** A patch that changes nothing answers with the object, and needs no right to read all Events. */
async function readEvent(
  client: WriteParts['client'],
  path: string,
  signal: AbortSignal,
): Promise<WrittenEvent> {
  return { path, state: stateOf(await client.send('PATCH', path, {}, { ...MERGE, signal })) }
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status
}
