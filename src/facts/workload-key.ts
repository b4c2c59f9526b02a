import { objectOr } from '../core/cluster-facts.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import type { Owner } from '../core/facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { textOf } from '../discovery/loose.ts'
import { controllerOf, writtenKind } from './owner-reference.ts'

/** How the controllers mark the pods of one template, and whose controller does. */
const TEMPLATE_HASHES = [
  { label: 'pod-template-hash', kind: 'Deployment' },
  { label: 'rollouts-pod-template-hash', kind: 'Rollout.argoproj.io' },
] as const

/**
 * A CronJob names its Jobs after the minute they are for, since Kubernetes 1.21. Minutes of 2020 to 2080, so that a
 * Job named for a day, `report-20261121`, stays a workload of its own.
 */
const JOB_OF_CRON_JOB = /^(.+)-(\d{8})$/
const FIRST_MINUTE = 26_000_000
const LAST_MINUTE = 58_000_000

/** Names the Service on the pods of all its revisions (Knative docs, "Serving API labels"). */
const KNATIVE_SERVICE = { label: 'serving.knative.dev/service', kind: 'Service.serving.knative.dev' } as const

/**
 * The workload as which a pod is counted: `<namespace>/<kind>/<name>`. Told by the pod alone, as 50,000 pods cannot be
 * asked after: a rolling update and the runs of a CronJob are one workload, by the names that the controllers give.
 */
export function workloadKeyOf(metadata: JsonObject, namespace: string): string {
  const owner = controllerOf(metadata)
  if (owner === undefined) return bareKeyOf(metadata, namespace)
  const direct = { kind: writtenKind(owner), name: owner.name }
  return workloadKey(namespace, topByName(direct, objectOr(metadata['labels'])))
}

/** The key of a pod that nothing owns, whatever it claims. */
export function bareKeyOf(metadata: JsonObject, namespace: string): string {
  return workloadKey(namespace, { kind: 'Pod', name: textOf(metadata['name']) ?? '' })
}

export function workloadKey(namespace: string, { kind, name }: Owner): string {
  return `${namespace}/${kind}/${name}`
}

/**
 * The workload at the top, as the names of what is below it say: a claim, which anybody can make.
 *
 * @param direct owner of the pod
 * @param labels of the pod
 */
export function topByName(direct: Owner, labels: JsonObject): Owner {
  const { kind, name } = direct
  if (kind === 'ReplicaSet') return templateOwner(name, labels) ?? direct
  if (kind === 'Job') {
    const [, root, minute] = JOB_OF_CRON_JOB.exec(name) ?? []
    if (root !== undefined && Number(minute) >= FIRST_MINUTE && Number(minute) <= LAST_MINUTE) {
      return { kind: 'CronJob', name: root }
    }
  }
  return direct
}

function templateOwner(name: string, labels: JsonObject): Owner | undefined {
  for (const { label, kind } of TEMPLATE_HASHES) {
    const hash = textOf(labels[label])
    const root = hash && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : ''
    if (root !== '')
      return (kind === 'Deployment' ? knativeService(labels) : undefined) ?? { kind, name: root }
  }
  return undefined
}

function knativeService(labels: JsonObject): Owner | undefined {
  const name = textOf(labels[KNATIVE_SERVICE.label])
  return name !== undefined && isDnsLabel(name) ? { kind: KNATIVE_SERVICE.kind, name } : undefined
}
