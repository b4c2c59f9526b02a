import { nearestName } from '../core/near-names.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { controllerOf, metadataOf } from '../facts/owner-reference.ts'
import { at, templatePath } from '../workloads/expand.ts'
import { WORKLOAD_KIND_NAMES, workloadKind, type WorkloadKind } from '../workloads/kinds.ts'

/** A workload as a user names it. */
export interface NamedWorkload {
  readonly api: WorkloadKind
  readonly name: string
}

/**
 * Reads `deployment/web`, with the names of kubectl.
 *
 * @returns what is wrong with it, in words, where it names nothing
 */
export function readWorkloadName(text: string): NamedWorkload | string {
  const [kind = '', name = '', ...rest] = text.split('/')
  const api = workloadKind(kind)
  if (name === '' || rest.length > 0) return 'wanted KIND/NAME, as deployment/web'
  if (api === undefined) {
    const near = nearestName(kind.toLowerCase(), WORKLOAD_KIND_NAMES)
    return `no kind that makes pods; did you mean ${near}/${name}?`
  }
  return { api, name }
}

/** Whether the pods of a workload, or the pod itself, ask for a shared instance. */
export function optsIn(object: JsonObject, { apiVersion, kind }: WorkloadKind): boolean {
  return askingAnnotations(object, { apiVersion, kind })[ANNOTATION.shared] !== undefined
}

/** The annotations of the pod that a workload makes. */
export function askingAnnotations(
  object: JsonObject,
  type: Pick<WorkloadKind, 'apiVersion' | 'kind'>,
): JsonObject {
  const template = at(object, templatePath(type) ?? [])
  return objectOr(objectOr(objectOr(template)['metadata'])['annotations'])
}

/** Whether another workload that is looked at itself makes this one: its ReplicaSets and pods say nothing of their own. */
export function isMadeByAnother(object: JsonObject): boolean {
  const controller = controllerOf(metadataOf(object))
  if (controller === undefined) return false
  const apiVersion =
    controller.group === '' ? controller.version : `${controller.group}/${controller.version}`
  return templatePath({ apiVersion, kind: controller.kind }) !== undefined
}

/** Whether a ReplicaSet or Job may still make pods; a Deployment keeps ten old ones. */
export function isActive(object: JsonObject): boolean {
  const spec = objectOr(object['spec'])
  const status = objectOr(object['status'])
  if (object['kind'] === 'ReplicaSet') return spec['replicas'] !== 0
  const conditions: unknown = status['conditions']
  const hasFailed =
    Array.isArray(conditions) &&
    conditions.some((one) => objectOr(one)['type'] === 'Failed' && objectOr(one)['status'] === 'True')
  return status['completionTime'] == null && !hasFailed
}
