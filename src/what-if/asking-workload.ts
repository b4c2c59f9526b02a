import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { ANNOTATION, EARNED_LABELS } from '../core/vocabulary.ts'
import { listOf, textOf } from '../discovery/loose.ts'
import { controllerOf, writtenKind, type OwnerReference } from '../facts/owner-reference.ts'
import { liveManifest, type Manifest } from '../state/manifest.ts'
import { at, isPod, templatePath } from '../workloads/expand.ts'

/** Where an object of a list comes from: a list does not say it of each of its items. */
export interface Listed {
  readonly apiVersion: string
  readonly kind: string
  /** of the API server, which stands for the file in which an object would be */
  readonly server: string
}

/**
 * What is kept of an object that a cluster lists: nothing where its pods ask for no instance, or are none any more, and otherwise all that a
 * decision reads. A bare pod that was admitted already is taken for what it was before: its labels are not claimed again.
 */
export function readAsking(item: unknown, { apiVersion, kind, server }: Listed): Manifest | undefined {
  const whole = objectOr(item)
  const template = at(whole, templatePath({ apiVersion, kind }) ?? [])
  const templateMetadata = objectOr(objectOr(template)['metadata'])
  if (!(ANNOTATION.shared in objectOr(templateMetadata['annotations'])) || isFinished(whole)) return undefined
  const { managedFields: _, annotations, ...named } = objectOr(whole['metadata'])
  const metadata: JsonObject = { ...named, annotations: withoutLastApplied(objectOr(annotations)) }
  const { status: __, ...rest } = whole
  const kept = isPod({ apiVersion, kind }) ? withoutEarned(metadata) : metadata
  return liveManifest({ ...rest, metadata: kept }, { apiVersion, kind }, server)
}

/** A Job that is through, a pod that is, and what is being deleted: no pod of it will ever be admitted again. */
export function isFinished(object: JsonObject): boolean {
  if ('deletionTimestamp' in objectOr(object['metadata'])) return true
  const { phase, conditions } = objectOr(object['status'])
  if (phase === 'Succeeded' || phase === 'Failed') return true
  return listOf(conditions)
    .map(objectOr)
    .some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True')
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

/** What Knative makes of a Service, and Deployments of: nobody lists these. */
const MADE_BY_KNATIVE: ReadonlySet<string> = new Set([
  'Configuration.serving.knative.dev',
  'Revision.serving.knative.dev',
])

/**
 * Remembers which objects of a cluster were seen to ask. Another webhook may make a pod ask that is made from a template
 * which does not: then nothing else stands for it.
 */
export function rememberAsking(): { readonly add: (manifest: Manifest) => void; readonly has: IsLookedAt } {
  const keys = new Set<string>()
  return {
    add: ({ kind, namespace, name }) => void keys.add(`${kind}/${namespace}/${name}`),
    has: (controller, namespace) =>
      MADE_BY_KNATIVE.has(writtenKind(controller)) ||
      keys.has(`${controller.kind}/${namespace}/${controller.name}`),
  }
}

/** Among manifests only that is looked at which is among them. */
export function isAmong(manifests: readonly Manifest[], defaultNamespace: string): IsLookedAt {
  const key = (kind: string, namespace: string, name: string): string =>
    `${kind}/${namespace || defaultNamespace}/${name}`
  const there = new Set(manifests.map(({ kind, namespace, name }) => key(kind, namespace, name)))
  return ({ kind, name }, namespace) => there.has(key(kind, namespace, name))
}
