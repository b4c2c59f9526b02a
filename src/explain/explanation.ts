import type { Point } from '../core/policy.ts'
import type { Action, RuleId } from '../core/rules.ts'
import type { Incomplete, ReviewFinding, ReviewItem, ReviewSummary } from '../review/result.ts'
import type { Verdict } from '../review/review-manifest.ts'

/** Why objects get the answers that they get: what `explain -o json` prints. */
export interface Explanation {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'Explanation'
  readonly items: readonly ExplainedItem[]
  readonly incomplete: readonly Incomplete[]
  readonly summary: ReviewSummary
}

/** The item of a ReviewResult, and why it is as it is. */
export interface ExplainedItem extends Omit<ReviewItem, 'findings'> {
  readonly findings: readonly ExplainedFinding[]
  readonly verdict: Verdict
  /** one sentence */
  readonly because: string
  /** where it is decided; empty for a request that is none of those that are judged */
  readonly point: Point | ''
  readonly namespace: ExplainedNamespace
  readonly annotations: readonly ExplainedAnnotation[]
  readonly candidates: readonly Candidate[]
  /** of the other namespace, where the pod asks for an instance there */
  readonly grants: readonly ExplainedGrant[]
  readonly policies: readonly ExplainedPolicy[]
  readonly exceptions: readonly ExplainedException[]
  readonly omitted: Omitted
  /** what becomes of each container */
  readonly containers: readonly ExplainedContainer[]
  /** what else of the pod is changed, in words */
  readonly changes: readonly string[]
  /** facts that nobody knows, although a policy asks for them */
  readonly unknown: readonly string[]
}

/** How many there are besides those that are told: of many objects at once only what concerns each is. */
export interface Omitted {
  readonly candidates: number
  readonly grants: number
  readonly policies: number
  readonly exceptions: number
}

export interface ExplainedFinding extends ReviewFinding {
  /** why its action is what it is */
  readonly because: string
}

export interface ExplainedNamespace {
  readonly name: string
  readonly served: boolean
  readonly because: string
}

/** One of our annotations: as it is written, or what holds without it. */
export interface ExplainedAnnotation {
  readonly key: string
  /** null where the pod does not have it */
  readonly value: string | null
  readonly meaning: string
}

/** What might have been the pod's instance. */
export interface Candidate {
  readonly namespace: string
  /** empty where it has none that can be read */
  readonly appId: string
  /** `DaemonSet/order`; of an ambiguous one all that claim it */
  readonly workload: string
  /** `daemonset`, `deployment`, `external`; empty where it cannot be used */
  readonly strategy: string
  /** the pod gets it, or would if nothing else stood against it */
  readonly chosen: boolean
  readonly because: string
}

/** A grant of the instance's namespace. */
export interface ExplainedGrant {
  readonly namespace: string
  readonly name: string
  /** it lets this pod use the instance */
  readonly grants: boolean
  readonly because: string
}

export interface ExplainedPolicy {
  readonly name: string
  readonly governs: boolean
  /** which part of `match` does not fit, or what fits */
  readonly because: string
  /** what findings of its rules do here */
  readonly action: Action
  /** which field says so */
  readonly actionBecause: string
  /** the parts of `spec.rules` that it has; empty where it does not govern */
  readonly rules: readonly ExplainedPart[]
  readonly overrides: readonly ExplainedOverride[]
  /** null where it has none */
  readonly defaults: { readonly won: boolean; readonly because: string } | null
}

/**
 * - `fired`: it made a finding
 * - `satisfied`: it was judged, and found nothing
 * - `does not apply`: it has nothing to say of such a pod or instance
 * - `not judged`: the decision ended before it
 * - `unknown`: a fact that it needs is not known
 */
export type PartOutcome = 'fired' | 'satisfied' | 'does not apply' | 'not judged' | 'unknown'

/** A part of a policy's `spec.rules`. */
export interface ExplainedPart {
  /** its path: `strategies`, `security.mtls` */
  readonly part: string
  /** the rules by which it speaks */
  readonly rules: readonly RuleId[]
  readonly outcome: PartOutcome
  readonly because: string
}

export interface ExplainedOverride {
  readonly rule: RuleId
  /** it changed a finding */
  readonly applied: boolean
  readonly because: string
}

export interface ExplainedException {
  readonly name: string
  /** it excuses something */
  readonly excuses: boolean
  readonly because: string
}

export interface ExplainedContainer {
  readonly name: string
  readonly init: boolean
  readonly injected: boolean
  /** why it is, or is not */
  readonly because: string
  /** `gets DAPR_HTTP_ENDPOINT = …: the Service order-dapr …` */
  readonly variables: readonly string[]
}
