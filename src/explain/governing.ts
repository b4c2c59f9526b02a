import { govern } from '../core/judged.ts'
import type { PolicySet } from '../core/policy.ts'
import type { ReviewContext, Reviewed } from '../review/review-manifest.ts'
import type { Manifest } from '../state/manifest.ts'
import { reviewAndKeep, type AskedPod } from './questioned.ts'

/** A reviewed object, and who had a say. */
export interface Governing {
  readonly reviewed: Reviewed
  /** names of the policies whose `match` fits, by name; none for a pod that does not ask, or is not served */
  readonly policies: readonly string[]
}

/**
 * Reviews an object, and tells which policies govern it.
 *
 * @throws as `reviewManifest`
 */
export async function reviewWithGoverning(manifest: Manifest, context: ReviewContext): Promise<Governing> {
  const { reviewed, asked } = await reviewAndKeep(manifest, context)
  if (asked === undefined || !reviewed.item.matched) return { reviewed, policies: [] }
  return { reviewed, policies: governingOf(asked, context.known) }
}

/** The names of the policies that govern a pod. */
function governingOf(
  { pod, namespace, point, facts }: AskedPod,
  { policies, now }: { readonly policies: PolicySet; readonly now: number },
): string[] {
  const { governance } = govern({ pod, namespace, point, facts, policies, now })
  return governance.policies.map(({ name }) => name)
}
