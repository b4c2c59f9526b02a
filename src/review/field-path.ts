import type { Path } from '../state/manifest.ts'

const STEP = /([^.[\]]+)|\[(\d+)\]|\["([^"]*)"\]/g

/** Reads a finding's `field` (`spec.containers[0].env`, `metadata.annotations["dapr.io/shared"]`) as steps. */
export function fieldPath(field: string): Path {
  return [...field.matchAll(STEP)].map(([, key, index, quoted]) => key ?? quoted ?? Number(index))
}

/** The field of a pod as a field of the object that holds the pod at `path`. */
export function fieldIn(path: Path, field: string): string {
  return [...path, ...(field === '' ? [] : [field])].join('.')
}
