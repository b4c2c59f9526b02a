import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { ANNOTATION, EARNED_LABELS } from '../core/vocabulary.ts'
import { textOf } from '../discovery/loose.ts'
import { controllerOf, writtenKind, type OwnerReference } from '../facts/owner-reference.ts'
import type { Manifest } from '../state/manifest.ts'
import { at, isPod, templatePath } from '../workloads/expand.ts'

/** Where an object of a list comes from: a list does not say it of each of its items. */
export interface Listed {
  readonly apiVersion: string
  readonly kind: string
  /** of the API server, which stands for the file in which an object would be */
  readonly server: string
}

/**
 * What is kept of an object that a cluster lists: nothing where its pods ask for no instance, and otherwise all that a
 * decision reads. A bare pod that was admitted already is taken for what it was before: its labels are not claimed again.
 */
export function readAsking(item: unknown, { apiVersion, kind, server }: Listed): Manifest | undefined {
  const whole = objectOr(item)
  const template = at(whole, templatePath({ apiVersion, kind }) ?? [])
  const templateMetadata = objectOr(objectOr(template)['metadata'])
  if (!(ANNOTATION.shared in objectOr(templateMetadata['annotations']))) return undefined
  const { managedFields: _, annotations, ...named } = objectOr(whole['metadata'])
  const metadata: JsonObject = { ...named, annotations: withoutLastApplied(objectOr(annotations)) }
  const { status: __, ...rest } = whole
  const object = {
    ...rest,
    apiVersion,
    kind,
    metadata: isPod({ apiVersion, kind }) ? withoutEarned(metadata) : metadata,
  }
  return {
    source: { file: server, document: 1, line: 0 },
    object,
    apiVersion,
    kind,
    name: textOf(metadata['name']) ?? '',
    namespace: textOf(metadata['namespace']) ?? '',
    lineOf: () => 0,
  }
}

/** What kubectl keeps for itself is as large as the object, and no decision reads it. */
function withoutLastApplied(annotations: JsonObject): JsonObject {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...others } = annotations
  return others
}

function withoutEarned(metadata: JsonObject): JsonObject {
  if (!(ANNOTATION.status in objectOr(metadata['annotations']))) return metadata
  const labels = Object.entries(objectOr(metadata['labels']))
  const earned: readonly string[] = EARNED_LABELS
  return { ...metadata, labels: Object.fromEntries(labels.filter(([key]) => !earned.includes(key))) }
}

/** Whether what makes an object is looked at itself. */
export type IsLookedAt = (controller: OwnerReference, namespace: string) => boolean

/**
 * Whether an object stands for itself. What a Deployment makes is judged with the Deployment, and what nobody makes whom
 * we look at is judged alone, unless it is what a rollout left behind.
 */
export function standsAlone(object: JsonObject, isLookedAt: IsLookedAt): boolean {
  const metadata = objectOr(object['metadata'])
  const controller = controllerOf(metadata)
  if (controller === undefined) return true
  if (isLookedAt(controller, textOf(metadata['namespace']) ?? '')) return false
  return objectOr(object['spec'])['replicas'] !== 0
}

/** Kinds whose pods are judged with what makes them, as their names are written. */
const MADE_BY: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
  // what Knative makes of a Service, whose Deployments these are
  'Configuration.serving.knative.dev',
  'Revision.serving.knative.dev',
])

/** In a cluster everything is looked at that has one of the known kinds. */
export function isOfKnownKind(controller: OwnerReference): boolean {
  return MADE_BY.has(writtenKind(controller))
}

/** Among manifests only that is looked at which is among them. */
export function isAmong(manifests: readonly Manifest[], defaultNamespace: string): IsLookedAt {
  const key = (kind: string, namespace: string, name: string): string =>
    `${kind}/${namespace || defaultNamespace}/${name}`
  const there = new Set(manifests.map(({ kind, namespace, name }) => key(kind, namespace, name)))
  return ({ kind, name }, namespace) => there.has(key(kind, namespace, name))
}
