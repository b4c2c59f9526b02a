import { ANNOTATION, MIRROR_ANNOTATION } from './vocabulary.ts'

/** A loose JSON object: what a border hands to a reader. */
export type JsonObject = Readonly<Record<string, unknown>>

export interface EnvVar {
  readonly name: string
  readonly value?: string | null
  readonly valueFrom?: unknown
}

export interface Container {
  readonly name: string
  readonly env?: readonly EnvVar[] | null
  readonly envFrom?: readonly unknown[] | null
  readonly restartPolicy?: string | null
}

export interface PodMetadata {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly annotations?: Readonly<Record<string, string>> | null
  readonly labels?: Readonly<Record<string, string>> | null
  readonly deletionTimestamp?: string | null
  readonly ownerReferences?: unknown
}

/**
 * The part of a Pod that we read. It is the caller's own object, never a copy: what we do not name here stays as it
 * came, so fields newer than this code survive.
 */
export interface Pod {
  readonly metadata: PodMetadata
  readonly spec: {
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[] | null
    readonly hostNetwork?: boolean | null
    readonly dnsPolicy?: string | null
    readonly serviceAccountName?: string | null
    /** the old name of the same, which the API server keeps in step */
    readonly serviceAccount?: string | null
    readonly nodeSelector?: unknown
    readonly tolerations?: unknown
    readonly affinity?: unknown
  }
}

/** Why a value is not a Pod: the field, and what was wanted there. */
export interface PodProblem {
  readonly kind: 'problem'
  readonly field: string
  readonly wanted: string
}

export type ContainerList = 'containers' | 'initContainers'

/** A container and where it stands in the pod, for messages and JSON pointers. */
export interface PlacedContainer {
  readonly list: ContainerList
  readonly index: number
  readonly container: Container
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Checks the fields that the decision reads, and hands the same object back as a {@link Pod}. An absent or null list
 * or map is fine; one of another type is not, as no API server sends it.
 */
export function readPod(value: unknown): Pod | PodProblem {
  if (!isObject(value)) return problem('', 'an object')
  const metadata = value['metadata']
  if (!isObject(metadata)) return problem('metadata', 'an object')
  const spec = value['spec']
  if (!isObject(spec)) return problem('spec', 'an object')
  const wrong =
    notMetadata(metadata) ??
    notContainers(spec['containers'], 'spec.containers', 1) ??
    notContainers(spec['initContainers'] ?? [], 'spec.initContainers', 0)
  // the checks above are what makes this loose object a Pod
  return wrong ?? (value as unknown as Pod)
}

export function isPodProblem(reading: Pod | PodProblem): reading is PodProblem {
  return 'kind' in reading && reading.kind === 'problem'
}

/** What metadata must be, of a Pod or of any other object whose annotations and labels we compare. */
export function notMetadata(metadata: JsonObject): PodProblem | undefined {
  return (
    notStringMap(metadata['annotations'], 'metadata.annotations') ??
    notStringMap(metadata['labels'], 'metadata.labels')
  )
}

export function annotationOf(pod: Pod, key: string): string | undefined {
  return pod.metadata.annotations?.[key]
}

export function labelOf(pod: Pod, key: string): string | undefined {
  return pod.metadata.labels?.[key]
}

/** The ServiceAccount that the pod runs as. The API server has filled it in before it calls us; a file may lack it. */
export function serviceAccountOf({ spec }: Pod): string {
  const [name] = [spec.serviceAccountName, spec.serviceAccount].filter(
    (one) => typeof one === 'string' && one !== '',
  )
  return name ?? 'default'
}

/** Whether the pod is the API server's image of a static pod, which no admission can change. */
export function isMirror(pod: Pod): boolean {
  return annotationOf(pod, MIRROR_ANNOTATION) !== undefined
}

/** Whether the pod asks for a shared instance at all, rightly or wrongly. */
export function asksForShared(pod: Pod): boolean {
  return annotationOf(pod, ANNOTATION.shared) !== undefined
}

/** All containers that get variables in principle: the pod's own, then its init containers and native sidecars. */
export function placedContainers(pod: Pod): PlacedContainer[] {
  const placed: PlacedContainer[] = []
  pod.spec.containers.forEach((container, index) => placed.push({ list: 'containers', index, container }))
  pod.spec.initContainers?.forEach((container, index) =>
    placed.push({ list: 'initContainers', index, container }),
  )
  return placed
}

function notStringMap(value: unknown, field: string): PodProblem | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) return problem(field, 'an object of strings')
  for (const key in value) {
    if (typeof value[key] !== 'string') return problem(`${field}["${key}"]`, 'a string')
  }
  return undefined
}

function notContainers(value: unknown, field: string, least: number): PodProblem | undefined {
  if (!Array.isArray(value)) return problem(field, 'a list of containers')
  if (value.length < least) return problem(field, 'at least one container')
  for (let index = 0; index < value.length; index++) {
    const wrong = notContainer(value[index], `${field}[${index}]`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function notContainer(value: unknown, field: string): PodProblem | undefined {
  if (!isObject(value)) return problem(field, 'an object')
  if (typeof value['name'] !== 'string') return problem(`${field}.name`, 'a string')
  const env = value['env'] ?? []
  if (!Array.isArray(env)) return problem(`${field}.env`, 'a list')
  for (let index = 0; index < env.length; index++) {
    const wrong = notVariable(env[index], `${field}.env[${index}]`)
    if (wrong !== undefined) return wrong
  }
  const envFrom = value['envFrom'] ?? []
  return Array.isArray(envFrom) ? undefined : problem(`${field}.envFrom`, 'a list')
}

function notVariable(value: unknown, field: string): PodProblem | undefined {
  if (!isObject(value)) return problem(field, 'an object')
  if (typeof value['name'] !== 'string') return problem(`${field}.name`, 'a string')
  const text = value['value']
  return text === undefined || text === null || typeof text === 'string'
    ? undefined
    : problem(`${field}.value`, 'a string (quote it)')
}

function problem(field: string, wanted: string): PodProblem {
  return { kind: 'problem', field, wanted }
}
