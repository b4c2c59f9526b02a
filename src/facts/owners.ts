import type { Fact, Owner } from '../core/facts.ts'
import type { LabelMatcher } from '../core/policy.ts'
import type { FactSubject } from './fact-source.ts'
import { controllerOf, writtenKind, type OwnerReference } from './owner-reference.ts'

/** What exists under the name of an owner. */
export interface OwnerObject {
  readonly uid: string
  /** whether it knows a pod with these labels for its own; nobody's where only its metadata was read */
  readonly selects: LabelMatcher
  readonly controller: OwnerReference | undefined
}

/** An owner as it was found: no such object, or one that nobody may read, are answers too. */
export type OwnerFound = Fact<OwnerObject | undefined>

/** Kubernetes' own kinds that make pods, as `Kind`, and those that make these. A kind of another group may do both. */
const POD_MAKERS: ReadonlySet<string> = new Set([
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'ReplicationController',
  'Job',
])
const MADE_BY: ReadonlyMap<string, string> = new Map([
  ['ReplicaSet', 'Deployment'],
  ['Job', 'CronJob'],
])

/** Deployments under Knative are the deepest in use: ReplicaSet, Deployment, Revision, Configuration, Service. */
const DEEPEST = 6

/** What must be looked at: `whole` where its selector counts, else its metadata will do. */
export interface OwnerQuestion {
  readonly reference: OwnerReference
  /** of the pod, and so of all of its owners but those of the cluster */
  readonly namespace: string
  readonly whole: boolean
}

export interface VerifiedOwners {
  readonly owners: Fact<readonly Owner[]>
  /** nothing where nobody owns the pod */
  readonly topmost?: OwnerReference | undefined
}

const NOBODY: Fact<readonly Owner[]> = { known: true, value: [] }

/**
 * The verified owners of a pod. What the pod says of its owner is a claim: one counts only if it exists with that uid, is
 * of a kind that makes pods, and selects this pod; each further one if it exists with the uid that the one below names.
 * A claim that does not hold ends the list, so whoever is in it is an owner indeed. A pod that is expanded from a workload
 * has that for its owner, and what it claims in turn is verified alike.
 *
 * @param look answers what is known, and `undefined` of what is not known yet
 * @returns the owners, with the reference that leads to the topmost that was looked at; or what must be looked at first
 */
export function verifyOwners(
  { pod, namespace, owners: expandedFrom = [], controller }: FactSubject,
  look: (question: OwnerQuestion) => OwnerFound | undefined,
): VerifiedOwners | { readonly next: OwnerQuestion } {
  const labels = pod.metadata.labels ?? {}
  const owners: Owner[] = [...expandedFrom]
  let topmost: OwnerReference | undefined
  let reference =
    owners.length > 0 ? controller : controllerOf({ ownerReferences: pod.metadata.ownerReferences })
  while (reference !== undefined && owners.length < DEEPEST) {
    const { uid, name } = reference
    const kind = writtenKind(reference)
    const below = owners.at(-1)?.kind
    if (!mayOwn(kind, below)) break
    const whole = below === undefined || kind === 'Deployment'
    const question = { reference, namespace, whole }
    const found = look(question)
    if (found === undefined) return { next: question }
    if (!found.known) return { owners: found }
    if (found.value === undefined || found.value.uid !== uid) break
    if (whole && !found.value.selects(labels)) break
    owners.push({ kind, name })
    topmost = reference
    reference = found.value.controller
  }
  return { owners: owners.length === 0 ? NOBODY : { known: true, value: owners }, topmost }
}

/** Whether a kind may stand above another, or above the pod itself. A name without a group is one of Kubernetes' own. */
function mayOwn(kind: string, below: string | undefined): boolean {
  if (kind.includes('.')) return true
  return below === undefined ? POD_MAKERS.has(kind) : MADE_BY.get(below) === kind
}
