import type { Pod } from '../core/pod.ts'
import { tellableAnnotation } from '../core/tellable-annotation.ts'
import {
  ANNOTATION_PREFIX,
  DAPR_ANNOTATION,
  EARNED_LABELS,
  KNOWN_ANNOTATIONS,
  MIRROR_ANNOTATION,
} from '../core/vocabulary.ts'
import { controllerOf, type OwnerReference } from '../facts/owner-reference.ts'
import { legible } from './legible.ts'

/** What a log line says of a pod, so that its decision can be asked for again: never a variable, never what is no name where names belong. */
export interface ToldPod {
  /** the owner that the pod claims, as it stands in the pod */
  readonly owner?: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly uid: string
  }
  /** those that the decision reads */
  readonly annotations: Readonly<Record<string, string>>
  /** the two labels that are earned, where the pod came with them */
  readonly labels?: Readonly<Record<string, string>>
  readonly containers: readonly string[]
  readonly initContainers?: readonly string[]
  /** it is being deleted, and may be changed more freely */
  readonly terminating?: true
  /** the pod as it was, of an UPDATE */
  readonly oldAnnotations?: Readonly<Record<string, string>>
  readonly oldLabels?: Readonly<Record<string, string>>
  /** something was too long, too much, or not plain ASCII: the line is not the whole truth */
  readonly shortened?: true
}

// an ordinary pod has three annotations of ours and five containers; a hostile one has no say in how long a line is
const MOST_ANNOTATIONS = 16
const MOST_CONTAINERS = 40
const LONGEST_KEY = 128
const LONGEST_VALUE = 512
const LONGEST_CONTAINER = 63
const LONGEST_LABEL = 63

/** @param oldPod the pod before an UPDATE */
export function toldPod(pod: Pod, oldPod?: Pod): ToldPod {
  const seen = { shortened: false }
  const labels = earnedLabels(pod, seen)
  const owner = controllerOf({ ownerReferences: pod.metadata.ownerReferences })
  const initContainers = names(pod.spec.initContainers ?? [], seen)
  const told: ToldPod = {
    ...(owner === undefined ? {} : { owner: toldOwner(owner) }),
    annotations: annotations(pod, seen),
    ...(isEmpty(labels) ? {} : { labels }),
    containers: names(pod.spec.containers, seen),
    ...(initContainers.length === 0 ? {} : { initContainers }),
    ...(pod.metadata.deletionTimestamp == null ? {} : { terminating: true }),
    ...(oldPod === undefined ? {} : toldBefore(pod, oldPod, seen)),
  }
  return seen.shortened ? { ...told, shortened: true } : told
}

interface Seen {
  shortened: boolean
}

function toldBefore(pod: Pod, oldPod: Pod, seen: Seen): Pick<ToldPod, 'oldAnnotations' | 'oldLabels'> {
  const oldLabels = earnedLabels(oldPod, seen)
  return {
    oldAnnotations: annotations(oldPod, seen, pod),
    ...(isEmpty(oldLabels) ? {} : { oldLabels }),
  }
}

function toldOwner({ group, version, kind, name, uid }: OwnerReference): NonNullable<ToldPod['owner']> {
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, name, uid }
}

/**
 * A key that only looks like ours is told, as it is a finding; its value may be anything, and decides nothing. So is that
 * of static pods.
 *
 * @param later the pod after a change: that a value changed must be seen, also where the value itself is not
 */
function annotations(pod: Pod, seen: Seen, later?: Pod): Record<string, string> {
  const told: Record<string, string> = {}
  let count = 0
  for (const key in pod.metadata.annotations) {
    if (!READ.has(key) && key !== MIRROR_ANNOTATION && !key.startsWith(ANNOTATION_PREFIX)) continue
    if (count === MOST_ANNOTATIONS) {
      seen.shortened = true
      break
    }
    count += 1
    const value = pod.metadata.annotations[key] ?? ''
    const laterValue = later?.metadata.annotations?.[key] ?? value
    const text = toldValue(key, value, seen)
    const looksTheSame = laterValue !== value && toldValue(key, laterValue, seen) === text
    told[shortened(key, LONGEST_KEY, seen)] = looksTheSame ? `${HIDDEN} before` : text
  }
  return told
}

const READ: ReadonlySet<string> = new Set([...KNOWN_ANNOTATIONS, ...Object.values(DAPR_ANNOTATION)])
const HIDDEN = 'not logged'

function toldValue(key: string, value: string, seen: Seen): string {
  const text = READ.has(key) ? tellableAnnotation(key, value) : undefined
  return text === undefined ? HIDDEN : shortened(text, LONGEST_VALUE, seen)
}

function earnedLabels(pod: Pod, seen: Seen): Record<string, string> {
  return Object.fromEntries(
    EARNED_LABELS.flatMap((key) => {
      const value = pod.metadata.labels?.[key]
      return value === undefined ? [] : [[key, shortened(value, LONGEST_LABEL, seen)]]
    }),
  )
}

function names(containers: readonly { readonly name: string }[], seen: Seen): string[] {
  if (containers.length > MOST_CONTAINERS) seen.shortened = true
  return containers.slice(0, MOST_CONTAINERS).map(({ name }) => shortened(name, LONGEST_CONTAINER, seen))
}

function shortened(text: string, longest: number, seen: Seen): string {
  const told = legible(text, longest)
  if (told !== text) seen.shortened = true
  return told
}

function isEmpty(record: Readonly<Record<string, string>>): boolean {
  return Object.keys(record).length === 0
}
