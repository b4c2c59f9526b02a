import type { Edit } from './edit.ts'
import type { EnvVar, Pod } from './pod.ts'

/** One operation of a JSON Patch (RFC 6902); we need these two. */
export type PatchOperation =
  | { readonly op: 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/**
 * Writes edits as a JSON Patch for this pod.
 *
 * `add` on a member that exists replaces it (RFC 6902 section 4.1), so values are set with it throughout; `add` below a
 * parent that is absent fails, and the API server then refuses the pod whatever `failurePolicy` says, so parents come
 * first. Within one list, values are filled and entries replaced first, then entries removed from the back, then
 * inserted at the front: each index still means what it meant in the pod as it came.
 */
export function toJsonPatch(pod: Pod, edits: readonly Edit[]): PatchOperation[] {
  const operations: PatchOperation[] = []
  for (const kind of ['fill-env', 'replace-env', 'remove-env', 'insert-env'] as const) {
    for (const edit of backToFront(edits, kind)) writeEnv(operations, pod, edit)
  }
  writeMap(operations, '/metadata/labels', pod.metadata.labels, pairs(edits, 'label'))
  writeMap(operations, '/metadata/annotations', pod.metadata.annotations, pairs(edits, 'annotate'))
  return operations
}

/** RFC 6901 section 3: `~` and `/` inside a reference token. */
export function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

type EnvEdit = Extract<Edit, { index: number }>
type MapEdit = Extract<Edit, { key: string }>

function backToFront(edits: readonly Edit[], kind: EnvEdit['kind']): EnvEdit[] {
  const chosen = edits.filter((edit): edit is EnvEdit => edit.kind === kind)
  return kind === 'remove-env'
    ? chosen.toSorted((a, b) => ('at' in b ? b.at : 0) - ('at' in a ? a.at : 0))
    : chosen
}

function writeEnv(operations: PatchOperation[], pod: Pod, edit: EnvEdit): void {
  const path = `/spec/${edit.list}/${edit.index}/env`
  switch (edit.kind) {
    case 'fill-env':
      operations.push({
        op: 'add',
        path: `${path}/${edit.at}/${valueMember(edit.variable)}`,
        value: valueOf(edit.variable),
      })
      return
    case 'replace-env':
      operations.push({ op: 'remove', path: `${path}/${edit.at}` })
      operations.push({ op: 'add', path: `${path}/${edit.at}`, value: edit.variable })
      return
    case 'remove-env':
      operations.push({ op: 'remove', path: `${path}/${edit.at}` })
      return
    case 'insert-env': {
      const env = pod.spec[edit.list]?.[edit.index]?.env
      if ((env?.length ?? 0) === 0) operations.push({ op: 'add', path, value: edit.variables })
      else edit.variables.forEach((value, at) => operations.push({ op: 'add', path: `${path}/${at}`, value }))
    }
  }
}

function valueMember(variable: EnvVar): 'value' | 'valueFrom' {
  return variable.valueFrom === undefined ? 'value' : 'valueFrom'
}

function valueOf(variable: EnvVar): unknown {
  return variable[valueMember(variable)]
}

function pairs(edits: readonly Edit[], kind: MapEdit['kind']): MapEdit[] {
  return edits.filter((edit): edit is MapEdit => edit.kind === kind)
}

function writeMap(
  operations: PatchOperation[],
  path: string,
  map: Readonly<Record<string, string>> | null | undefined,
  entries: readonly MapEdit[],
): void {
  if (entries.length === 0) return
  if (map === undefined || map === null) {
    operations.push({
      op: 'add',
      path,
      value: Object.fromEntries(entries.map(({ key, value }) => [key, value])),
    })
    return
  }
  for (const { key, value } of entries) {
    operations.push({ op: 'add', path: `${path}/${escapePointer(key)}`, value })
  }
}
