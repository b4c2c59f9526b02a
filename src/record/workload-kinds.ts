import { nearestName } from '../core/near-names.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { controllerOf, metadataOf } from '../facts/owner-reference.ts'
import { at, templatePath } from '../workloads/expand.ts'

/** A kind of which a cluster can be asked for workloads. */
export interface WorkloadKindApi {
  readonly apiVersion: string
  readonly kind: string
  /** `/apis/apps/v1` */
  readonly root: string
  readonly plural: string
  /** the short names of kubectl, besides kind and plural */
  readonly short: readonly string[]
  /** its definition need not be installed */
  readonly mayBeAbsent?: true
}

const apps = { apiVersion: 'apps/v1', root: '/apis/apps/v1' }
const batch = { apiVersion: 'batch/v1', root: '/apis/batch/v1' }
const core = { apiVersion: 'v1', root: '/api/v1' }

/** Every kind that has or is a pod template, in the order in which they are recorded. */
export const WORKLOAD_KINDS: readonly WorkloadKindApi[] = [
  { ...apps, kind: 'Deployment', plural: 'deployments', short: ['deploy'] },
  { ...apps, kind: 'StatefulSet', plural: 'statefulsets', short: ['sts'] },
  { ...apps, kind: 'DaemonSet', plural: 'daemonsets', short: ['ds'] },
  { ...batch, kind: 'CronJob', plural: 'cronjobs', short: ['cj'] },
  { ...batch, kind: 'Job', plural: 'jobs', short: [] },
  { ...apps, kind: 'ReplicaSet', plural: 'replicasets', short: ['rs'] },
  { ...core, kind: 'ReplicationController', plural: 'replicationcontrollers', short: ['rc'] },
  {
    apiVersion: 'serving.knative.dev/v1',
    root: '/apis/serving.knative.dev/v1',
    kind: 'Service',
    plural: 'services',
    short: ['ksvc', 'kservice'],
    mayBeAbsent: true,
  },
  { ...core, kind: 'Pod', plural: 'pods', short: ['po'] },
]

/** A workload as a user names it. */
export interface NamedWorkload {
  readonly api: WorkloadKindApi
  readonly name: string
}

/**
 * Reads `deployment/web`, with the names of kubectl.
 *
 * @returns what is wrong with it, in words, where it names nothing
 */
export function readWorkloadName(text: string): NamedWorkload | string {
  const [kind = '', name = '', ...rest] = text.split('/')
  const api = BY_NAME.get(kind.toLowerCase())
  if (name === '' || rest.length > 0) return 'wanted KIND/NAME, as deployment/web'
  if (api === undefined) {
    const near = nearestName(kind.toLowerCase(), [...BY_NAME.keys()])
    return `no kind that makes pods; did you mean ${near}/${name}?`
  }
  return { api, name }
}

// a plain "service" is one of Kubernetes, which makes no pods
const BY_NAME: ReadonlyMap<string, WorkloadKindApi> = new Map(
  WORKLOAD_KINDS.flatMap((api) =>
    (api.kind === 'Service' ? api.short : [api.kind.toLowerCase(), api.plural, ...api.short]).map(
      (name) => [name, api] as const,
    ),
  ),
)

/** Whether the pods of a workload, or the pod itself, ask for a shared instance. */
export function optsIn(object: JsonObject, { apiVersion, kind }: WorkloadKindApi): boolean {
  return askingAnnotations(object, { apiVersion, kind })[ANNOTATION.shared] !== undefined
}

/** The annotations of the pod that a workload makes. */
export function askingAnnotations(
  object: JsonObject,
  type: Pick<WorkloadKindApi, 'apiVersion' | 'kind'>,
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
