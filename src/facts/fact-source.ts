import type { FactQuery, Facts, Owner } from '../core/facts.ts'
import type { Pod } from '../core/pod.ts'
import type { OwnerReference } from './owner-reference.ts'

/** The pod that a decision is about. */
export interface FactSubject {
  readonly pod: Pod
  /** the request's namespace */
  readonly namespace: string
  /** the owner of a pod that does not exist yet: the workload that it is expanded from */
  readonly owners?: readonly Owner[] | undefined
  /** what that workload says made it: a claim */
  readonly controller?: OwnerReference | undefined
}

/** Where the facts of {@link Facts} come from: a cluster that is watched and asked, or manifests. */
export interface FactSource {
  /** What is known at once, without waiting. What is not is `undefined`, which a decision answers with what it needs. */
  readonly peek: (subject: FactSubject) => Facts
  /**
   * Asks for what a decision needs, and gives facts that have it.
   *
   * @throws FactUnavailable where a fact may come back by itself: nobody answered, or the limits allow no more questions
   */
  readonly gather: (subject: FactSubject, needs: readonly FactQuery[], signal: AbortSignal) => Promise<Facts>
}

/** A fact that cannot be had now. It is never "no": the request fails, and the caller asks again. */
export class FactUnavailable extends Error {
  override readonly name = 'FactUnavailable'
}

/** A namespace that is not there, or not yet: whoever is about to make it knows its labels. */
export class NoSuchNamespace extends FactUnavailable {}
