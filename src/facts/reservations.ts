import type { Consumers } from '../core/facts.ts'
import { instanceKey } from '../core/instance.ts'
import type { PodMetadata } from '../core/pod.ts'
import { LABEL } from '../core/vocabulary.ts'
import { textOf } from '../discovery/loose.ts'
import { makeConsumerIndex, type Use } from './consumers.ts'
import type { FactSubject } from './fact-source.ts'
import { workloadKeyOf } from './workload-key.ts'

/** The pods that this replica has admitted and that the watch does not show yet: they use their instance, too. */
export interface Reservations {
  /** @param instance `<namespace>/<appId>`, which the pod was admitted to use */
  admitted(subject: FactSubject, instance: string): void
  /** the watch counts this pod from now on */
  shown(namespace: string, name: string): void
  /** who uses an instance, for a decision about this pod: it never counts against itself */
  beside(watched: Consumers, instance: { namespace: string; appId: string }, subject: FactSubject): Consumers
}

/** A pod that the watch has not shown by then was most likely refused by somebody after us. */
const HOLDS_MS = 10_000
/** More than a cluster makes before a watch shows them. Anybody may call the port: beyond that many the oldest goes. */
const MOST = 2_000

interface Reservation {
  readonly place: string
  readonly use: Use
  readonly until: number
}

/** @param clock milliseconds, monotonic */
export function makeReservations(clock: () => number): Reservations {
  const index = makeConsumerIndex()
  /** in the order of their end */
  const all = new Set<Reservation>()
  const byPlace = new Map<string, Set<Reservation>>()

  const add = (reservation: Reservation): void => {
    all.add(reservation)
    byPlace.set(reservation.place, (byPlace.get(reservation.place) ?? new Set()).add(reservation))
    index.change(undefined, reservation.use)
  }
  const drop = (reservation: Reservation | undefined): void => {
    if (reservation === undefined || !all.delete(reservation)) return
    const there = byPlace.get(reservation.place)
    there?.delete(reservation)
    if (there?.size === 0) byPlace.delete(reservation.place)
    index.change(reservation.use, undefined)
  }
  const dropEnded = (): void => {
    const now = clock()
    for (const reservation of all) {
      if (reservation.until > now && all.size <= MOST) break
      drop(reservation)
    }
  }
  const at = (place: string | undefined): Reservation | undefined =>
    place === undefined ? undefined : byPlace.get(place)?.values().next().value
  const earlier = ({ pod, namespace }: FactSubject): Reservation | undefined => {
    const { named, generated } = placesOf(pod.metadata, namespace)
    return at(named) ?? (isInjected(pod.metadata) ? at(generated) : undefined)
  }

  return {
    admitted(subject, instance) {
      const { pod, namespace } = subject
      const { named, generated } = placesOf(pod.metadata, namespace)
      const place = named ?? generated
      if (place === undefined) return
      drop(earlier(subject))
      const workload = workloadKeyOf({ ...pod.metadata }, namespace)
      add({ place, use: { instance, workload }, until: clock() + HOLDS_MS })
      dropEnded()
    },
    shown(namespace, name) {
      if (all.size > 0) drop(at(namedPlace(namespace, name)) ?? at(generatedFrom(namespace, name)))
    },
    beside(watched, instance, subject) {
      dropEnded()
      const reserved = index.of(instance.namespace, instance.appId)
      if (reserved.pods === 0) return watched
      const own = earlier(subject)?.use
      return together(watched, reserved, own?.instance === instanceKey(instance) ? own.workload : undefined)
    },
  }
}

/** @param without a workload one of whose reserved pods is left out */
function together(watched: Consumers, reserved: Consumers, without: string | undefined): Consumers {
  const workloads = new Map(watched.workloads)
  for (const [workload, pods] of reserved.workloads) {
    const count = (workloads.get(workload) ?? 0) + pods - (workload === without ? 1 : 0)
    if (count > 0) workloads.set(workload, count)
  }
  return { pods: watched.pods + reserved.pods - (without === undefined ? 0 : 1), workloads }
}

/**
 * Whether we have seen the pod before: at reinvocation and at validation it carries what we gave it. Its uid would not
 * do, which the API server gives only after the mutating webhooks, and not at all to a review of one of them.
 */
function isInjected({ labels }: PodMetadata): boolean {
  return labels?.[LABEL.appId] !== undefined
}

/**
 * Where a pod is looked for: by its name, which it may get only after the mutating webhooks, or by what the name will
 * begin with. A name of any other length is none that the API server takes.
 */
function placesOf(
  { name, generateName }: PodMetadata,
  namespace: string,
): { named: string | undefined; generated: string | undefined } {
  const [full, prefix] = [shortText(name), shortText(generateName)]
  return {
    named: full && namedPlace(namespace, full),
    generated: prefix && generatedPlace(namespace, prefix),
  }
}

function shortText(value: unknown): string | undefined {
  const text = textOf(value)
  return text === undefined || text === '' || text.length > 253 ? undefined : text
}

function namedPlace(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

/** apiserver's storage/names/generate.go: at most 63 characters, the last five of them random. */
const RANDOM_LENGTH = 5
const PREFIX_LENGTH = 58

function generatedPlace(namespace: string, prefix: string): string {
  return `${namespace}/${prefix.slice(0, PREFIX_LENGTH)}*`
}

function generatedFrom(namespace: string, name: string): string {
  return generatedPlace(namespace, name.slice(0, -RANDOM_LENGTH))
}
