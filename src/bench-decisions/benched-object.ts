import type { Known } from '../admission/decide-review.ts'
import { decide, type Question } from '../core/decide.ts'
import { needsFacts } from '../core/decision.ts'
import { toJsonPatch } from '../core/json-patch.ts'
import { NO_POLICIES, type PolicySet } from '../core/policy.ts'
import { reviewAndKeep } from '../explain/questioned.ts'
import { verdictOf, type Reviewed, type ReviewContext, type Verdict } from '../review/review-manifest.ts'
import type { Manifest } from '../state/manifest.ts'

/** A pod that is decided again and again. */
export interface BenchedObject {
  readonly class: Verdict
  /** decides it, and writes the patch, as a server does */
  readonly decide: (policies: PolicySet) => void
  /** whether a decision under these policies would ask for facts that were not gathered, and so come to no end */
  readonly asksMore: (policies: PolicySet) => boolean
}

/** An object that was prepared, and how its decision came out. */
export interface PreparedObject {
  readonly reviewed: Reviewed
  /** none for a request that is no creation of a pod */
  readonly object: BenchedObject | undefined
}

/**
 * Prepares an object: all that decisions need to know is gathered beforehand, so that only they are timed.
 *
 * @throws as `reviewManifest`
 */
export async function prepareObject(manifest: Manifest, context: ReviewContext): Promise<PreparedObject> {
  const { reviewed, asked } = await reviewAndKeep(manifest, context)
  if (asked === undefined || asked.isUpdate) return { reviewed, object: undefined }
  const { pod, namespace, point, facts } = asked
  const { preview: _, ...known }: Known = context.known
  const question: Question = { ...known, stage: 'mutate', pod, namespace, point, facts }
  const object: BenchedObject = {
    class: verdictOf(reviewed),
    decide(policies) {
      const answer = decide({ ...question, policies })
      if (!needsFacts(answer)) toJsonPatch(pod, answer.edits)
    },
    asksMore: (policies) => needsFacts(decide({ ...question, policies })),
  }
  return { reviewed, object }
}

/** Grants stay, as they are no policy's cost; so the same instance is found. */
export function withoutPolicies(set: PolicySet): PolicySet {
  return { ...set, policies: NO_POLICIES.policies }
}

export function withoutPolicy(set: PolicySet, name: string): PolicySet {
  return { ...set, policies: set.policies.filter((policy) => policy.name !== name) }
}
