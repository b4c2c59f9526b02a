import { decideRemoval } from '../core/decide-removal.ts'
import { leaveAlone, type Answer } from '../core/decision.ts'
import type { Facts } from '../core/facts.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { EMPTY_NAMESPACE } from '../core/inventory.ts'
import type { JsonObject, Pod } from '../core/pod.ts'
import { ALLOW_DELETE, CLEANING_USERS } from '../core/vocabulary.ts'
import { readInstanceChange } from '../discovery/instance-change.ts'
import type { FactSubject } from '../facts/fact-source.ts'
import { decideWorkload } from '../workloads/decide-workload.ts'
import { makesPods, templatePath } from '../workloads/expand.ts'
import { ownersOf } from '../workloads/owners-of.ts'
import type { Known } from './decide-review.ts'
import { MalformedReview, type ReviewedObject } from './review.ts'

type FactsOf = (subject: FactSubject) => Facts

/** A workload as it will be, for people who write templates: its pod is decided, nothing is changed. */
export function decideTemplate(
  reviewed: ReviewedObject,
  namespace: string,
  known: Known,
  factsOf: FactsOf,
): Answer {
  const workload = workloadOf(reviewed)
  if (workload === undefined) return leaveAlone()
  const { preview: _, ...governed } = known
  const answer = decideWorkload(workload, namespace, {
    ...governed,
    point: 'Workload',
    factsOf: (pod) => factsOf({ pod, namespace, ...ownersOf(workload) }),
  })
  if ('wanted' in answer) throw new MalformedReview('PodMalformed', answer.field)
  return 'needs' in answer ? answer : { ...answer.decision, edits: [] }
}

/** The object of a review as one that makes pods; none where it is no such kind, or goes. */
export function workloadOf({
  apiVersion,
  objectKind: kind,
  name,
  object,
}: ReviewedObject): Parameters<typeof decideWorkload>[0] | undefined {
  if (object === undefined || templatePath({ apiVersion, kind }) === undefined) return undefined
  return makesPods({ apiVersion, kind }) ? { apiVersion, kind, name, object } : undefined
}

/** A DELETE or UPDATE of what an instance may be made of. */
export function decideChange(
  { apiVersion, objectKind: kind, name, object, oldObject, username }: ReviewedObject,
  namespace: string,
  { inventory, policies, settings, preview }: Known,
  factsOf: FactsOf,
): Answer {
  const change = readInstanceChange({ apiVersion, kind, name }, object)
  if (oldObject === undefined || change === undefined || preview === undefined) return leaveAlone()
  if (CLEANING_USERS.includes(username)) return leaveAlone()
  return decideRemoval({
    namespace,
    object: `${kind} ${name}`,
    before: inventory.get(namespace) ?? EMPTY_NAMESPACE,
    after: preview(namespace, change),
    isAllowed: isMarked(oldObject) || (object !== undefined && isMarked(object)),
    policies,
    facts: factsOf({ pod: NO_POD, namespace }),
    settings,
  })
}

/** Nothing of a pod is asked here: only who uses the instance, and the labels of its namespace. */
const NO_POD: Pod = { metadata: {}, spec: { containers: [] } }

function isMarked(object: JsonObject): boolean {
  return objectOr(objectOr(object['metadata'])['annotations'])[ALLOW_DELETE] === 'true'
}
