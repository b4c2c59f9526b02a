import { annotationOf, serviceAccountOf, type Pod } from '../core/pod.ts'
import { nearestName } from '../core/near-names.ts'
import { quote } from '../core/quote.ts'
import type { Finding } from '../core/rules.ts'
import {
  ANNOTATION,
  ANNOTATION_PREFIX,
  DAPR_ANNOTATION,
  isTruthy,
  KNOWN_ANNOTATIONS,
} from '../core/vocabulary.ts'
import { annotationField } from '../core/ask.ts'
import { readStatus } from '../core/injected-status.ts'
import type { ExplainedAnnotation } from './explanation.ts'

/** A key may stand on a pod a thousand times over in variations: the first tell what is wrong. */
const MOST_UNKNOWN = 10

/**
 * Each of our annotations: what it says, or what holds without it.
 *
 * @param findings of the decision: a value that they complain about means nothing
 */
export function explainAnnotations(
  pod: Pod,
  namespace: string,
  findings: readonly Finding[],
): ExplainedAnnotation[] {
  const complaint = (key: string): string | undefined =>
    findings.find(({ rule, field }) => rule === 'annotation.invalid' && field === annotationField(key))
      ?.message
  const asks = annotationOf(pod, ANNOTATION.shared) !== undefined
  const keys = Object.values(ANNOTATION).filter(
    (key) => asks || annotationOf(pod, key) !== undefined || key === ANNOTATION.shared,
  )
  const told = keys.map((key) => {
    const value = annotationOf(pod, key)
    return { key, value: value ?? null, meaning: complaint(key) ?? meaningOf(key, value, pod, namespace) }
  })
  return [...told, ...daprsOwn(pod, complaint), ...unknownOnes(pod)]
}

type Key = (typeof ANNOTATION)[keyof typeof ANNOTATION]

function meaningOf(key: Key, value: string | undefined, pod: Pod, namespace: string): string {
  return value === undefined ? withoutIt(key, pod, namespace) : saying(key, value, pod, namespace)
}

function withoutIt(key: Key, pod: Pod, namespace: string): string {
  switch (key) {
    case ANNOTATION.shared:
      return 'absent: the pod does not ask for a shared instance.'
    case ANNOTATION.namespace:
      return `absent: the instance is in the pod's own namespace, ${quote(namespace)}.`
    case ANNOTATION.strategy:
      return 'absent: an instance of any strategy will do.'
    case ANNOTATION.containers:
      return annotationOf(pod, ANNOTATION.excludeContainers) === undefined
        ? 'absent: all containers, but for sidecars of other systems.'
        : `absent: ${ANNOTATION.excludeContainers} says which.`
    case ANNOTATION.excludeContainers:
      return 'absent: no container is excluded by name.'
    case ANNOTATION.status:
      return 'absent: the pod was not injected before.'
    case ANNOTATION.tokenSecret:
      return (annotationOf(pod, ANNOTATION.namespace) ?? namespace) === namespace
        ? "absent: in its own namespace a pod gets the instance's own token reference."
        : 'absent: a token of the other namespace cannot be referred to.'
  }
}

function saying(key: Key, value: string, pod: Pod, namespace: string): string {
  switch (key) {
    case ANNOTATION.shared:
      return `asks for the instance with app-id ${quote(value)}; the pod runs as ServiceAccount ${quote(serviceAccountOf(pod))}.`
    case ANNOTATION.namespace:
      return value === namespace
        ? "the instance is in the pod's own namespace, as it would be without the annotation."
        : `the instance is in namespace ${quote(value)}, which must grant its use.`
    case ANNOTATION.strategy:
      return `only an instance that runs as ${quote(value)} will do.`
    case ANNOTATION.containers:
      return 'only these containers are injected, sidecars of other systems too where they are named.'
    case ANNOTATION.excludeContainers:
      return 'all containers are injected but these, and sidecars of other systems.'
    case ANNOTATION.status:
      return statusMeaning(pod)
    case ANNOTATION.tokenSecret:
      return `the token of an instance in another namespace is taken from ${quote(value)} in the pod's namespace.`
  }
}

function statusMeaning(pod: Pod): string {
  const claimed = readStatus(pod)
  if (claimed === undefined) return 'nothing that the webhook writes: it is overwritten.'
  return claimed.instance === ''
    ? 'it says that the pod was admitted without injection; it is written anew.'
    : `it claims that the pod was injected with ${quote(claimed.instance)}: endpoints at that Service are ours, and are set right.`
}

/** What Dapr's own annotations say beside ours. */
function daprsOwn(pod: Pod, complaint: (key: string) => string | undefined): ExplainedAnnotation[] {
  const enabled = annotationOf(pod, DAPR_ANNOTATION.enabled)
  const appId = annotationOf(pod, DAPR_ANNOTATION.appId)
  return [
    ...(enabled === undefined
      ? []
      : [
          {
            key: DAPR_ANNOTATION.enabled,
            value: enabled,
            meaning: isTruthy(enabled) ? 'asks for a sidecar.' : 'asks for no sidecar.',
          },
        ]),
    ...(appId === undefined
      ? []
      : [
          {
            key: DAPR_ANNOTATION.appId,
            value: appId,
            meaning:
              complaint(DAPR_ANNOTATION.appId) ??
              `names the same app-id as ${ANNOTATION.shared}, or a sidecar's.`,
          },
        ]),
  ]
}

function unknownOnes(pod: Pod): ExplainedAnnotation[] {
  return Object.entries(pod.metadata.annotations ?? {})
    .filter(([key]) => key.startsWith(`${ANNOTATION_PREFIX}-`) && !KNOWN_ANNOTATIONS.includes(key))
    .slice(0, MOST_UNKNOWN)
    .map(([key, value]) => ({
      key,
      value,
      meaning: `nothing: there is no such annotation. Did you mean ${nearestName(key, KNOWN_ANNOTATIONS)}?`,
    }))
}
