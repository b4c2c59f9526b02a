import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { textOf } from '../discovery/loose.ts'
import { controllerOf, writtenKind, type OwnerReference } from './owner-reference.ts'

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

/**
 * The workload as which a pod is counted: `<namespace>/<kind>/<name>`. Told by the pod alone, as 50,000 pods cannot be
 * asked after: a rolling update and the runs of a CronJob are one workload, by the names that the controllers give.
 */
export function workloadKeyOf(metadata: JsonObject, namespace: string): string {
  const owner = controllerOf(metadata)
  if (owner === undefined) return bareKeyOf(metadata, namespace)
  const { kind, name } = rootOf(owner, objectOr(metadata['labels']))
  return `${namespace}/${kind}/${name}`
}

/** The key of a pod that nothing owns, whatever it claims. */
export function bareKeyOf(metadata: JsonObject, namespace: string): string {
  return `${namespace}/Pod/${textOf(metadata['name']) ?? ''}`
}

function rootOf(owner: OwnerReference, labels: JsonObject): { kind: string; name: string } {
  const { kind, name } = { kind: writtenKind(owner), name: owner.name }
  if (kind === 'ReplicaSet') return templateOwner(name, labels) ?? { kind, name }
  if (kind === 'Job') {
    const [, root, minute] = JOB_OF_CRON_JOB.exec(name) ?? []
    if (root !== undefined && Number(minute) >= FIRST_MINUTE && Number(minute) <= LAST_MINUTE) {
      return { kind: 'CronJob', name: root }
    }
  }
  return { kind, name }
}

function templateOwner(name: string, labels: JsonObject): { kind: string; name: string } | undefined {
  for (const { label, kind } of TEMPLATE_HASHES) {
    const hash = textOf(labels[label])
    const root = hash && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : ''
    if (root !== '') return { kind, name: root }
  }
  return undefined
}
