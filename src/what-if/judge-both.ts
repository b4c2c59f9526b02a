import type { Policy } from '../core/policy.ts'
import { FactUnavailable } from '../facts/fact-source.ts'
import { reviewManifest, type ReviewContext, type Reviewed } from '../review/review-manifest.ts'
import type { Manifest } from '../state/manifest.ts'
import { compare, type Comparison } from './compare.ts'
import { NO_CHANGES } from './finding-changes.ts'

/** What there is, and what there would be: of one moment, but for what is proposed. */
export interface Sides {
  readonly today: ReviewContext
  readonly proposed: ReviewContext
}

/**
 * Decides one object on both sides, and compares the two answers.
 *
 * @throws ManifestError for an object that the API server would refuse
 */
export async function judgeBoth(manifest: Manifest, sides: Sides): Promise<Comparison> {
  const today = await judge(manifest, sides.today)
  const proposed = await judge(manifest, sides.proposed)
  if ('item' in today && 'item' in proposed) return compare(today, proposed, samePolicies(sides))
  const { apiVersion, kind, name } = manifest
  const namespace = manifest.namespace || sides.today.defaultNamespace
  const whys = [today, proposed].flatMap((one) => ('item' in one ? [] : one.why))
  return {
    source: manifest.source,
    object: { apiVersion, kind, namespace, name },
    change: 'unknown',
    weaker: false,
    findings: NO_CHANGES,
    unknown: [...new Set(whys)].map((why) => ({ what: 'the admission of', action: 'Deny', why })),
    today: 'item' in today ? today : undefined,
    proposed: 'item' in proposed ? proposed : undefined,
  }
}

/** What is unknown of one object hides nothing of the others. */
async function judge(
  manifest: Manifest,
  context: ReviewContext,
): Promise<Reviewed | { readonly why: string }> {
  try {
    return await reviewManifest(manifest, context)
  } catch (error) {
    if (!(error instanceof FactUnavailable)) throw error
    return { why: error.message }
  }
}

/** A policy that nobody touched is the same object in both sets. */
function samePolicies({ today, proposed }: Sides): (name: string) => boolean {
  const policyOf = ({ known }: ReviewContext, name: string): Policy | undefined =>
    known.policies.policies.find((policy) => policy.name === name)
  return (name) => policyOf(today, name) === policyOf(proposed, name)
}
