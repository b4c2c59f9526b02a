import type { ExitCode, ReportedObject } from '../report/report.ts'
import { EXIT } from '../review/result.ts'
import type { Source } from '../state/manifest.ts'

/** Who said no, or kept the API server from an answer. `kind` and `name` are empty where nobody did. */
export interface Speaker {
  readonly kind:
    | ''
    | 'webhook'
    | 'policy'
    | 'quota'
    | 'pod-security'
    | 'validation'
    | 'admission'
    | 'authorization'
    | 'connection'
    | 'server'
  /** of the webhook, the policy, the quota; of a PodSecurity level: `restricted:latest` */
  readonly name: string
}

/**
 * Whether our webhook had a part in the answer: `ran`, `missing` (the pod asks, was admitted, and has no mark of ours, or
 * came with it and nothing would call us), `unseen` (nothing tells), `unasked` (the pod does not ask, so it was not called).
 */
export type WebhookPart = 'ran' | 'missing' | 'unseen' | 'unasked'

/** What the offline answer says of one thing, and what the cluster made of it. */
export interface Difference {
  /** `metadata.labels["shared.dapr.io/app-id"]`; `warnings`; empty for the answer as a whole */
  readonly field: string
  /** empty where there is nothing */
  readonly offline: string
  readonly cluster: string
}

/** What the cluster made of the pod besides what is ours and what an API server fills in by itself. */
export interface Change {
  /** `spec.containers["istio-proxy"]` */
  readonly field: string
  readonly change: 'added' | 'removed' | 'changed'
  /** of labels and images alone: anything else may be a secret */
  readonly before: string
  readonly after: string
}

/** What the API server says to the pod of one object of the input. */
export interface ServerItem {
  readonly source: Source
  /** the object as written */
  readonly object: ReportedObject
  /** the pod has `dapr.io/shared` */
  readonly asks: boolean
  /** `unknown`: the API server gave no answer about the pod, or one without what the files bring */
  readonly outcome: 'admitted' | 'refused' | 'unknown'
  readonly by: Speaker
  /** why it is refused or unknown; empty where it is admitted */
  readonly message: string
  /** of everybody whom the API server asked, and its own */
  readonly warnings: readonly string[]
  readonly webhook: WebhookPart
  /** `<namespace>/<appId>` that the resulting pod says it was given; empty where none */
  readonly instance: string
  /** what the decision says without the server; `unknown` where a fact could not be had, `unasked` with --no-compare */
  readonly offline: 'admitted' | 'refused' | 'unknown' | 'unasked'
  readonly differences: readonly Difference[]
  readonly changes: readonly Change[]
  /** what a reader should know besides, each a sentence */
  readonly notes: readonly string[]
}

export interface ServerSummary {
  readonly admitted: number
  readonly refused: number
  readonly unknown: number
  /** items whose pod asks */
  readonly asking: number
  /** items that differ from the offline answer */
  readonly differing: number
  /** items that ask, were admitted, and in which our webhook had no part */
  readonly missing: number
  /** items with a warning */
  readonly warned: number
}

export interface ServerResult {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'ServerResult'
  readonly items: readonly ServerItem[]
  readonly summary: ServerSummary
}

/** admitted + refused + unknown = items. */
export function makeServerResult(items: readonly ServerItem[]): ServerResult {
  const count = (is: (item: ServerItem) => boolean): number => items.filter(is).length
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'ServerResult',
    items,
    summary: {
      admitted: count(({ outcome }) => outcome === 'admitted'),
      refused: count(({ outcome }) => outcome === 'refused'),
      unknown: count(({ outcome }) => outcome === 'unknown'),
      asking: count(({ asks }) => asks),
      differing: count(({ differences }) => differences.length > 0),
      missing: count(({ webhook }) => webhook === 'missing'),
      warned: count(({ warnings }) => warnings.length > 0),
    },
  }
}

/** Whether a person must do something about the item: it is refused, differs, or went past our webhook. */
export function isFound({ outcome, differences, webhook }: ServerItem): boolean {
  return outcome === 'refused' || differences.length > 0 || webhook === 'missing'
}

/** 1 where something is found, 3 where an answer is unknown, the API server's or the offline one, 4 where nothing asks. */
export function serverExitCode(
  { items }: ServerResult,
  { allowEmpty }: { readonly allowEmpty: boolean },
): ExitCode {
  if (items.some(isFound)) return EXIT.denied
  if (items.some(({ outcome, offline }) => outcome === 'unknown' || offline === 'unknown'))
    return EXIT.incomplete
  return allowEmpty || items.some(({ asks }) => asks) ? EXIT.fine : EXIT.nothing
}
