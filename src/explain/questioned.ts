import { decodeReview } from '../admission/review.ts'
import type { Facts } from '../core/facts.ts'
import type { Pod } from '../core/pod.ts'
import type { Point } from '../core/policy.ts'
import type { FactSource, FactSubject } from '../facts/fact-source.ts'
import { isReview, reviewManifest, type ReviewContext, type Reviewed } from '../review/review-manifest.ts'
import type { Manifest } from '../state/manifest.ts'

/** The pod that a review was about, and what was known when it was decided. */
export interface AskedPod {
  /** at an UPDATE the pod as it was, by which its judges are chosen */
  readonly pod: Pod
  readonly namespace: string
  readonly point: Point
  /** an UPDATE is judged by what it changes, and uses no instance */
  readonly isUpdate: boolean
  readonly facts: Facts
}

/** The answer of `review`, and what it was made from; no pod where the request is about none that is judged. */
export interface Questioned {
  readonly reviewed: Reviewed
  readonly asked: AskedPod | undefined
}

/**
 * Reviews an object, and keeps what was asked: whoever explains an answer looks at the very facts that it was made from.
 *
 * @throws as {@link reviewManifest}
 */
export async function reviewAndKeep(manifest: Manifest, context: ReviewContext): Promise<Questioned> {
  const recorder = recordFacts(context.facts)
  const reviewed = await reviewManifest(manifest, { ...context, facts: recorder.source })
  const last = recorder.last()
  if (last === undefined) return { reviewed, asked: undefined }
  const { subject, facts } = last
  return {
    reviewed,
    asked: { pod: subject.pod, namespace: subject.namespace, facts, ...occasionOf(manifest, context) },
  }
}

interface Recorded {
  readonly subject: FactSubject
  readonly facts: Facts
}

function recordFacts({ peek, gather }: FactSource): {
  readonly source: FactSource
  readonly last: () => Recorded | undefined
} {
  let last: Recorded | undefined
  const keep = (subject: FactSubject, facts: Facts): Facts => {
    last = { subject, facts }
    return facts
  }
  return {
    source: {
      peek: (subject) => keep(subject, peek(subject)),
      gather: async (subject, needs, signal) => keep(subject, await gather(subject, needs, signal)),
    },
    last: () => last,
  }
}

function occasionOf(
  manifest: Manifest,
  { point = 'CLI' }: ReviewContext,
): Pick<AskedPod, 'point' | 'isUpdate'> {
  if (!isReview(manifest)) return { point, isUpdate: false }
  const { subject } = decodeReview(manifest.object)
  return {
    point: subject.kind === 'object' ? 'Workload' : 'Pod',
    isUpdate: subject.kind === 'update',
  }
}
