import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { controllerOf, metadataOf } from '../facts/owner-reference.ts'
import type { ReportedObject } from '../report/report.ts'
import { POD, WORKLOAD_KINDS, workloadKind, type WorkloadKind } from '../workloads/kinds.ts'

/** What a pod says of the object that made it, and the labels by which that one knows its pods. */
export interface OwnerClaim {
  readonly reference: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly uid: string
    readonly controller: true
  }
  readonly labels: Readonly<Record<string, string>>
}

/** A kind that makes pods, and the one that does it on its behalf. */
export interface OwnerKind extends WorkloadKind {
  readonly via: WorkloadKind | undefined
}

/** A Knative Service's own ReplicaSet is three objects below it: found by the label that Knative gives to all of them. */
const VIA: Readonly<Record<string, string>> = {
  Deployment: 'ReplicaSet',
  CronJob: 'Job',
  Service: 'ReplicaSet',
}

const OWNER_KINDS: ReadonlyMap<string, OwnerKind> = new Map(
  WORKLOAD_KINDS.filter((one) => one !== POD).map((one) => {
    const via = VIA[one.kind]
    return [one.kind, { ...one, via: via === undefined ? undefined : workloadKind(via) }]
  }),
)

/** How the owner of a workload's pods is found; none for a Pod. */
export function ownerKindOf(kind: string): OwnerKind | undefined {
  return OWNER_KINDS.get(kind)
}

/** What to say of a workload whose pods are fine, and which itself no API server takes in the version it is written in. */
export function ofOldVersion({ apiVersion, kind, name }: ReportedObject): string | undefined {
  const current = ownerKindOf(kind)?.apiVersion ?? apiVersion
  return current === apiVersion
    ? undefined
    : `${kind} ${name} is of ${apiVersion}, which today's API servers do not have: it cannot be applied. Write it as ${current}.`
}

/** Of what a workload made, all that is looked at here. */
export function madeObject(object: unknown): JsonObject {
  const { name, uid, creationTimestamp, ownerReferences } = metadataOf(object)
  const { selector } = objectOr(objectOr(object)['spec'])
  return { metadata: { name, uid, creationTimestamp, ownerReferences }, spec: { selector } }
}

/** By which labels to list what a workload makes: one of Knative names itself, the others have a selector. */
export function madeBySelector(kind: OwnerKind, workload: unknown): string {
  if (kind.kind === 'Service') {
    return `serving.knative.dev/service=${textOf(metadataOf(workload)['name']) ?? ''}`
  }
  // a CronJob has none: its Jobs carry no label of it
  return Object.entries(selectorLabels(workload))
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** The newest of the objects that the workload made; a Knative Service is further up than one reference tells. */
export function newestMade(
  kind: OwnerKind,
  workload: unknown,
  objects: readonly unknown[],
): JsonObject | undefined {
  const uid = textOf(metadataOf(workload)['uid'])
  const own = objects
    .map(objectOr)
    .filter((object) => kind.kind === 'Service' || controllerOf(metadataOf(object))?.uid === uid)
  return own.toSorted((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1))[0]
}

/** The claim of a pod that this object made. */
export function claimOf({ apiVersion, kind }: WorkloadKind, owner: unknown): OwnerClaim | undefined {
  const { name, uid } = stringsOf(metadataOf(owner))
  if (name === undefined || uid === undefined) return undefined
  return {
    reference: { apiVersion, kind, name, uid, controller: true },
    labels: selectorLabels(owner),
  }
}

/** The selector of a ReplicationController is a plain map. */
function selectorLabels(object: unknown): Readonly<Record<string, string>> {
  const selector = objectOr(objectOr(objectOr(object)['spec'])['selector'])
  return stringsOf(
    selector['matchLabels'] ?? (objectsOf(selector['matchExpressions']).length > 0 ? {} : selector),
  )
}

function createdAt(object: JsonObject): string {
  return textOf(metadataOf(object)['creationTimestamp']) ?? ''
}
