import { placedContainers, type Pod } from '../core/pod.ts'
import { ANNOTATION, ANNOTATION_PREFIX, DAPR_ANNOTATION, EARNED_LABELS, ENV } from '../core/vocabulary.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { listOf } from '../discovery/loose.ts'
import { containerEnv } from '../review/container-env.ts'
import type { Difference } from './result.ts'

const VARIABLES: readonly string[] = Object.values(ENV)

/**
 * Where the injection of the cluster is not the offline one: our variables in every container that both know, our labels and
 * annotations. That the status also names a container which somebody else added is no difference.
 */
export function compareInjection(offline: Pod, cluster: Pod): Difference[] {
  const known = new Set(placedContainers(offline).map(({ container }) => container.name))
  const [ours, theirs] = [marksOf(offline, known), marksOf(cluster, known)]
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .map((field) => ({ field, offline: ours.get(field) ?? '', cluster: theirs.get(field) ?? '' }))
    .filter((one) => one.offline !== one.cluster)
}

/** Whether a label or annotation is ours to set. */
export function isOurLabel(key: string): boolean {
  return EARNED_LABELS.some((label) => label === key)
}
export function isOurAnnotation(key: string): boolean {
  return key.startsWith(ANNOTATION_PREFIX) || key === DAPR_ANNOTATION.enabled
}
export function isOurVariable(name: string): boolean {
  return VARIABLES.includes(name)
}

function marksOf(pod: Pod, known: ReadonlySet<string>): Map<string, string> {
  const marks = new Map<string, string>()
  for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
    if (isOurLabel(key)) marks.set(`metadata.labels[${JSON.stringify(key)}]`, value)
  }
  for (const [key, value] of Object.entries(pod.metadata.annotations ?? {})) {
    if (!isOurAnnotation(key)) continue
    const shown = key === ANNOTATION.status ? withoutStrangers(value, known) : value
    marks.set(`metadata.annotations[${JSON.stringify(key)}]`, shown)
  }
  const env = containerEnv(pod)
  for (const { list, container } of placedContainers(pod)) {
    if (!known.has(container.name)) continue
    for (const [name, value] of Object.entries(env[container.name] ?? {})) {
      const field = `spec.${list}[${JSON.stringify(container.name)}].env[${JSON.stringify(name)}]`
      if (isOurVariable(name)) marks.set(field, name === ENV.apiToken ? withoutSecret(value) : value)
    }
  }
  return marks
}

/** The status with only the containers that the offline answer can know of. */
function withoutStrangers(status: string, known: ReadonlySet<string>): string {
  try {
    const read = objectOr(JSON.parse(status))
    const containers = listOf(read['containers']).filter((name) => known.has(String(name)))
    return JSON.stringify({ ...read, containers })
  } catch {
    return status
  }
}

/** A token by reference is shown; one that is written out is nobody's to read. */
function withoutSecret(value: string): string {
  return /^(secretKeyRef|configMapKeyRef|fieldRef|resourceFieldRef):/.test(value)
    ? value
    : '(a literal value)'
}
