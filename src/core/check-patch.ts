import type { PatchOperation } from './json-patch.ts'
import type { Container, ContainerList, Pod } from './pod.ts'

const ENV_PATH = /^\/spec\/(containers|initContainers)\/(\d+)\/env(?:\/(\d+)(\/value|\/valueFrom)?)?$/
const MARK_PATH = /^\/metadata\/(annotations|labels)(?:\/((?:dapr\.io|shared\.dapr\.io)~1[-a-z]+))?$/

/**
 * Whether a patch will apply to this pod and touches only what is ours: the API server refuses the pod with a 500 when
 * a patch does not apply, even under `failurePolicy: Ignore`. Follows the lengths of lists, applies nothing.
 *
 * @returns what is wrong with it
 */
export function patchProblem(pod: Pod, operations: readonly PatchOperation[]): string | undefined {
  const lengths = new Map<Container, number>()
  for (const operation of operations) {
    const wrong = markProblem(pod, operation) ?? envProblem(pod, operation, lengths)
    if (wrong !== undefined) return `${operation.op} ${operation.path}: ${wrong}`
  }
  return undefined
}

function markProblem(pod: Pod, { op, path }: PatchOperation): string | undefined {
  const match = MARK_PATH.exec(path)
  if (match === null) return undefined
  if (op !== 'add') return 'a mark is only added'
  const exists = pod.metadata[match[1] as 'annotations' | 'labels'] != null
  if (match[2] === undefined) return exists ? 'would replace the whole map' : undefined
  return exists ? undefined : 'its map is absent'
}

function envProblem(
  pod: Pod,
  { op, path }: PatchOperation,
  lengths: Map<Container, number>,
): string | undefined {
  if (MARK_PATH.test(path)) return undefined
  const match = ENV_PATH.exec(path)
  if (match === null) return 'not ours to touch'
  const [, list, index, at, member] = match
  const container = pod.spec[list as ContainerList]?.[Number(index)]
  if (container === undefined) return 'no such container'
  const length = lengths.get(container) ?? container.env?.length ?? 0
  if (at === undefined) return op === 'add' && length === 0 ? undefined : 'would replace the whole list'
  if (container.env == null) return 'its list is absent'
  const inRange = Number(at) < length || (op === 'add' && member === undefined && Number(at) === length)
  if (!inRange) return 'no such entry'
  if (member === undefined) lengths.set(container, length + (op === 'add' ? 1 : -1))
  return undefined
}
