import { objectOr } from '../core/cluster-facts.ts'
import { placedContainers, type EnvVar, type Pod } from '../core/pod.ts'
import { textOf } from '../discovery/loose.ts'

/**
 * Every variable of every container, the last entry of a name winning. A value by reference is written
 * `secretKeyRef:<name>/<key>`, `configMapKeyRef:<name>/<key>`, `fieldRef:<path>` or `resourceFieldRef:<resource>`.
 */
export function containerEnv(pod: Pod): Record<string, Record<string, string>> {
  return Object.fromEntries(
    placedContainers(pod).map(({ container }) => [
      container.name,
      Object.fromEntries((container.env ?? []).map((variable) => [variable.name, shownValue(variable)])),
    ]),
  )
}

/** A value as {@link containerEnv} writes it. */
export function shownValue({ value, valueFrom }: EnvVar): string {
  if (valueFrom === undefined || valueFrom === null) return value ?? ''
  const [[source, reference] = ['', {}]] = Object.entries(objectOr(valueFrom)).filter(
    ([, one]) => one !== null,
  )
  const { name, key, fieldPath, resource } = objectOr(reference)
  switch (source) {
    case 'secretKeyRef':
    case 'configMapKeyRef':
      return `${source}:${textOf(name) ?? ''}/${textOf(key) ?? ''}`
    case 'fieldRef':
      return `${source}:${textOf(fieldPath) ?? ''}`
    case 'resourceFieldRef':
      return `${source}:${textOf(resource) ?? ''}`
    default:
      return `${source}:`
  }
}
