import { isAppId, isDataKey, isDnsLabel, isDnsSubdomain } from './dns-names.ts'
import type { SecretKey, Strategy } from './instance.ts'
import { annotationOf, type Pod } from './pod.ts'
import { quote } from './quote.ts'
import type { Complaint } from './rules.ts'
import { ANNOTATION, DAPR_ANNOTATION } from './vocabulary.ts'

/** Which containers the pod wants injected. Names are as written: they need not exist. */
export type ContainerChoice =
  | { readonly kind: 'all' }
  | { readonly kind: 'only'; readonly names: readonly string[] }
  | { readonly kind: 'except'; readonly names: readonly string[] }

/** What a pod's annotations request. */
export interface InstanceAsk {
  readonly kind: 'instance'
  readonly appId: string
  /** the instance's namespace: the pod's own unless it says otherwise */
  readonly namespace: string
  readonly strategy: Strategy | undefined
  readonly containers: ContainerChoice
  /** the consumer's own Secret with the token of an instance in another namespace */
  readonly tokenSecret: SecretKey | undefined
}

export type Ask =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly complaints: readonly Complaint[] }
  | InstanceAsk

const STRATEGIES: readonly string[] = ['daemonset', 'deployment', 'external'] satisfies Strategy[]

/**
 * Reads what a pod asks for. Values are exact: nothing is trimmed and no case is folded, as a repaired value would be
 * an identity that nobody wrote.
 */
export function readAsk(pod: Pod, podNamespace: string): Ask {
  const appId = annotationOf(pod, ANNOTATION.shared)
  if (appId === undefined) return { kind: 'none' }

  const namespace = annotationOf(pod, ANNOTATION.namespace)
  const strategy = annotationOf(pod, ANNOTATION.strategy)
  const tokenSecret = annotationOf(pod, ANNOTATION.tokenSecret)
  const complaints = [
    wrongAppId(appId),
    wrongIdentity(appId, annotationOf(pod, DAPR_ANNOTATION.appId)),
    namespace === undefined ? undefined : wrongNamespace(namespace),
    strategy === undefined ? undefined : wrongStrategy(strategy),
    tokenSecret === undefined ? undefined : wrongTokenSecret(tokenSecret),
    ...wrongContainers(pod),
  ].filter((complaint) => complaint !== undefined)
  if (complaints.length > 0) return { kind: 'invalid', complaints }

  return {
    kind: 'instance',
    appId,
    namespace: namespace ?? podNamespace,
    // wrongStrategy has refused everything else
    strategy: strategy as Strategy | undefined,
    containers: readContainers(pod),
    tokenSecret: tokenSecret === undefined ? undefined : splitSecretKey(tokenSecret),
  }
}

/** Beyond these lengths a value is read no further: Kubernetes checks its 256 KiB for all annotations after it calls us. */
const LONGEST_NAME = 512
const LONGEST_LIST = 262_144

function wrongAppId(value: string): Complaint | undefined {
  if (isAppId(value)) return undefined
  const cure =
    'Use the app-id of the Dapr Shared instance: 1 to 58 of a-z, 0-9 and -, a letter or digit at both ends.'
  if (value.length > LONGEST_NAME) return invalid(ANNOTATION.shared, `is ${quote(value)}`, cure)
  if (value === '') return invalid(ANNOTATION.shared, 'is empty', cure)
  if (isAppId(value.trim().toLowerCase())) {
    return invalid(
      ANNOTATION.shared,
      `is ${quote(value)}, but values are exact`,
      `Write ${quote(value.trim().toLowerCase())}.`,
    )
  }
  const [namespace, appId, ...rest] = value.split('/')
  if (
    rest.length === 0 &&
    namespace !== undefined &&
    appId !== undefined &&
    isDnsLabel(namespace) &&
    isAppId(appId)
  ) {
    return invalid(
      ANNOTATION.shared,
      `is ${quote(value)}, which is not an app-id`,
      `Write ${quote(appId)}, and the other namespace in ${ANNOTATION.namespace}: ${quote(namespace)}.`,
    )
  }
  return invalid(ANNOTATION.shared, `is ${quote(value)}, which is not an app-id`, cure)
}

function wrongIdentity(appId: string, daprAppId: string | undefined): Complaint | undefined {
  if (daprAppId === undefined || daprAppId === appId) return undefined
  return invalid(
    DAPR_ANNOTATION.appId,
    `is ${quote(daprAppId)}, but ${ANNOTATION.shared} is ${quote(appId)}`,
    `Remove ${DAPR_ANNOTATION.appId}: a pod has one Dapr identity, that of its shared instance.`,
  )
}

function wrongNamespace(value: string): Complaint | undefined {
  if (isDnsLabel(value)) return undefined
  return invalid(
    ANNOTATION.namespace,
    `is ${quote(value)}, which is not the name of a namespace`,
    'Write the name of the namespace in which the instance runs, or remove the annotation.',
  )
}

function wrongStrategy(value: string): Complaint | undefined {
  if (STRATEGIES.includes(value)) return undefined
  const lower = value.slice(0, LONGEST_NAME).trim().toLowerCase()
  const cure = STRATEGIES.includes(lower)
    ? `Write ${quote(lower)}.`
    : 'Write "daemonset", "deployment" or "external", or remove the annotation.'
  return invalid(ANNOTATION.strategy, `is ${quote(value)}, which is not a strategy`, cure)
}

function wrongTokenSecret(value: string): Complaint | undefined {
  if (splitSecretKey(value) !== undefined) return undefined
  return invalid(
    ANNOTATION.tokenSecret,
    `is ${quote(value)}`,
    'Write "<secret>/<key>", naming a Secret in the pod\'s own namespace.',
  )
}

function wrongContainers(pod: Pod): Complaint[] {
  const only = annotationOf(pod, ANNOTATION.containers)
  const except = annotationOf(pod, ANNOTATION.excludeContainers)
  if (only !== undefined && except !== undefined) {
    return [
      invalid(ANNOTATION.excludeContainers, `stands beside ${ANNOTATION.containers}`, 'Keep one of the two.'),
    ]
  }
  return [
    only === undefined ? undefined : wrongContainerList(ANNOTATION.containers, only),
    except === undefined ? undefined : wrongContainerList(ANNOTATION.excludeContainers, except),
  ].filter((complaint) => complaint !== undefined)
}

function wrongContainerList(annotation: string, value: string): Complaint | undefined {
  const cure = 'Write container names with a comma between them and no spaces, each once: "app,worker".'
  if (value.length > LONGEST_LIST) return invalid(annotation, `is ${quote(value)}`, cure)
  const names = value.split(',')
  if (names.includes(''))
    return invalid(annotation, value === '' ? 'is empty' : `is ${quote(value)}, with an empty entry`, cure)
  const odd = names.find((name) => !isDnsLabel(name))
  if (odd !== undefined)
    return invalid(annotation, `has the entry ${quote(odd)}, which is not the name of a container`, cure)
  const repeated = firstRepeated(names)
  return repeated === undefined ? undefined : invalid(annotation, `names ${quote(repeated)} twice`, cure)
}

function firstRepeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return names.find((name) => seen.size === seen.add(name).size)
}

function readContainers(pod: Pod): ContainerChoice {
  const only = annotationOf(pod, ANNOTATION.containers)
  if (only !== undefined) return { kind: 'only', names: only.split(',') }
  const except = annotationOf(pod, ANNOTATION.excludeContainers)
  return except === undefined ? { kind: 'all' } : { kind: 'except', names: except.split(',') }
}

function splitSecretKey(value: string): SecretKey | undefined {
  if (value.length > LONGEST_NAME) return undefined
  const [name, key, ...rest] = value.split('/')
  if (name === undefined || key === undefined || rest.length > 0) return undefined
  return isDnsSubdomain(name) && isDataKey(key) ? { name, key } : undefined
}

function invalid(annotation: string, what: string, cure: string): Complaint {
  return { message: `the annotation ${annotation} ${what}.`, cure, field: annotationField(annotation) }
}

/** The path of an annotation in a finding's `field`. */
export function annotationField(annotation: string): string {
  return `metadata.annotations["${annotation}"]`
}
