import { annotationField, type InstanceAsk } from '../ask.ts'
import { nearestName, nearNames } from '../near-names.ts'
import { annotationOf, labelOf, type Pod } from '../pod.ts'
import { quote, quoteList } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'
import type { WinningDefaults } from '../select-policies.ts'
import {
  ANNOTATION,
  ANNOTATION_PREFIX,
  DAPR_ANNOTATION,
  EARNED_LABELS,
  KNOWN_ANNOTATIONS,
  LABEL,
} from '../vocabulary.ts'

/** A hostile pod may carry thousands; the first tell what is wrong. Of the changed ones, all that we know fit. */
const MOST_UNKNOWN = 5
const MOST_CHANGED = 16

/** `annotation.unknown`: keys that look like ours and are not. */
export function unknownAnnotations(pod: Pod): Finding[] {
  const unknown: string[] = []
  for (const key in pod.metadata.annotations) {
    if (key.startsWith(`${ANNOTATION_PREFIX}-`) && !KNOWN_ANNOTATIONS.includes(key)) unknown.push(key)
    if (unknown.length === MOST_UNKNOWN) break
  }
  return unknown.map((key) =>
    finding('annotation.unknown', {
      message: `no annotation ${quote(key)}.`,
      cure: `Did you mean ${nearestName(key, KNOWN_ANNOTATIONS)}?`,
      field: annotationField(key),
    }),
  )
}

/** `annotation.unknown`: what a pod says that does not ask, and was meant to be an ask. */
export function missedAsk(pod: Pod): Finding[] {
  const keys = Object.keys(pod.metadata.annotations ?? {})
  const misspelt = keys.filter(isNearlyShared).slice(0, MOST_UNKNOWN)
  const idle = keys.filter((key) => key !== ANNOTATION.status && KNOWN_ANNOTATIONS.includes(key))
  return [
    ...misspelt.map((key) =>
      finding('annotation.unknown', {
        message: `no annotation ${quote(key)}.`,
        cure: `Did you mean ${ANNOTATION.shared}?`,
        field: annotationField(key),
      }),
    ),
    ...idle.map((key) =>
      finding('annotation.unknown', {
        message: `${key} has no effect without ${ANNOTATION.shared}.`,
        cure: `Add ${ANNOTATION.shared} with the app-id, or remove it.`,
        field: annotationField(key),
      }),
    ),
  ]
}

const DAPR = 'dapr.io/'

/** No annotation of Dapr's own is as near to `shared` as this. */
function isNearlyShared(key: string): boolean {
  if (!key.startsWith(DAPR) || key.length > LONGEST_NEAR || key.includes('-')) return false
  return nearNames(key.slice(DAPR.length).toLowerCase(), ['shared']).length > 0
}

const LONGEST_NEAR = DAPR.length + 'shared'.length + 2

/** `annotation.unknown`: names in `dapr.io/shared-containers` that no container has (yet). */
export function unknownContainers(names: readonly string[]): Finding[] {
  if (names.length === 0) return []
  return [
    finding('annotation.unknown', {
      message: `${ANNOTATION.containers} names no container of this pod: ${quoteList(names, 2)}.`,
      cure: 'Mend the name, unless another webhook adds the container later.',
      field: annotationField(ANNOTATION.containers),
    }),
  ]
}

/** `annotation.invalid`: the lists leave no container to inject. */
export function nothingToInject({ containers }: InstanceAsk, winner: WinningDefaults | undefined): Finding {
  const annotation = containers.kind === 'except' ? ANNOTATION.excludeContainers : ANNOTATION.containers
  const message =
    containers.kind === 'all'
      ? `nothing is left to inject: all containers are sidecars of other systems${winner === undefined ? '' : `, or left out by the defaults of policy ${winner.policy.name}`}.`
      : `nothing is left to inject: ${annotation} is ${quote(containers.names.join(','))}.`
  return finding('annotation.invalid', {
    message,
    cure: `Name the application's container in ${ANNOTATION.containers}.`,
    field: containers.kind === 'all' ? 'spec.containers' : annotationField(annotation),
  })
}

/**
 * `annotation.changed`: an UPDATE that would make our annotations say what the containers do not have, or takes our
 * marks away. A pod that is being deleted may lose everything, or its deletion would hang.
 */
export function changedAnnotations(pod: Pod, oldPod: Pod): Finding[] {
  if (pod.metadata.deletionTimestamp != null) return []
  const changed = new Set<string>()
  for (const key in { ...oldPod.metadata.annotations, ...pod.metadata.annotations }) {
    if (key.startsWith(ANNOTATION_PREFIX) && annotationOf(pod, key) !== annotationOf(oldPod, key))
      changed.add(key)
  }
  const injected = labelOf(oldPod, LABEL.appId) !== undefined
  if (
    injected &&
    annotationOf(pod, DAPR_ANNOTATION.enabled) !== annotationOf(oldPod, DAPR_ANNOTATION.enabled)
  ) {
    changed.add(DAPR_ANNOTATION.enabled)
  }
  const removed = EARNED_LABELS.filter(
    (key) => labelOf(oldPod, key) !== undefined && labelOf(pod, key) === undefined,
  )
  return [
    ...[...changed].slice(0, MOST_CHANGED).map((key) =>
      finding('annotation.changed', {
        message: `the annotation ${KNOWN_ANNOTATIONS.includes(key) || key === DAPR_ANNOTATION.enabled ? key : quote(key)} of a running pod cannot be ${verb(pod, oldPod, key)}: its variables are fixed.`,
        cure: 'Create the pod anew with the change; for a workload, change its pod template.',
        field: annotationField(key),
      }),
    ),
    ...removed.map((key) =>
      finding('annotation.changed', {
        message: `the label ${key} of an injected pod cannot be removed.`,
        cure: 'Leave it: it says which instance the pod uses.',
        field: `metadata.labels["${key}"]`,
      }),
    ),
  ]
}

function verb(pod: Pod, oldPod: Pod, key: string): string {
  if (annotationOf(oldPod, key) === undefined) return 'added'
  return annotationOf(pod, key) === undefined ? 'removed' : 'changed'
}
