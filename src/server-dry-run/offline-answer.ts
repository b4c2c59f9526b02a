import jsonpatch, { type Operation } from 'fast-json-patch'
import type { Known } from '../admission/decide-review.ts'
import { decide } from '../core/decide.ts'
import { isAllowed } from '../core/decision.ts'
import { toJsonPatch } from '../core/json-patch.ts'
import { denialMessage, warningsOf } from '../core/message.ts'
import type { Pod } from '../core/pod.ts'
import { FactUnavailable, type FactSource } from '../facts/fact-source.ts'
import { gatherAndDecide } from '../facts/gather-and-decide.ts'
import type { Manifest } from '../state/manifest.ts'
import { ownersOf } from '../workloads/owners-of.ts'

/** What we would say to a pod. */
export type OfflineAnswer =
  | {
      readonly kind: 'admitted'
      readonly pod: Pod
      readonly warnings: readonly string[]
      readonly changes: boolean
    }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'unasked' }

export interface OfflineContext {
  readonly known: Known
  readonly facts: FactSource
  readonly signal: AbortSignal
}

/**
 * Decides the pod that is sent as the webhook would, at its point: what policies say to the command line alone would be a
 * difference that nobody made. A workload counts as the owner of its pod, whether the cluster has it or not.
 */
export async function offlineAnswer(
  manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'name' | 'object'>,
  pod: Pod,
  namespace: string,
  { known, facts, signal }: OfflineContext,
): Promise<OfflineAnswer> {
  const { preview: _, ...governed } = known
  const owners = ownersOf(manifest)
  try {
    const decision = await gatherAndDecide(
      (factsOf) =>
        decide({
          ...governed,
          stage: 'mutate',
          point: 'Pod',
          pod,
          namespace,
          facts: factsOf({ pod, namespace, ...owners }),
        }),
      facts,
      signal,
    )
    const [unknown] = decision.unknown
    if (!isAllowed(decision)) return { kind: 'refused', message: denialMessage(decision.findings) }
    if (unknown !== undefined) return { kind: 'unknown', why: `policy ${unknown.policy}: ${unknown.why}` }
    const patch = toJsonPatch(pod, decision.edits)
    return {
      kind: 'admitted',
      pod: patched(pod, patch),
      warnings: warningsOf(decision),
      changes: patch.length > 0,
    }
  } catch (error) {
    if (signal.aborted) return { kind: 'unknown', why: 'the cluster took too long to tell the facts' }
    if (!(error instanceof FactUnavailable)) throw error
    return { kind: 'unknown', why: error.message }
  }
}

function patched(pod: Pod, patch: ReturnType<typeof toJsonPatch>): Pod {
  return patch.length === 0
    ? pod
    : jsonpatch.applyPatch(structuredClone(pod), patch as Operation[], true).newDocument
}
