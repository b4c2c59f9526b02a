import type { Policy } from '../core/policy.ts'
import { FactUnavailable } from '../facts/fact-source.ts'
import { reviewWithGoverning, type Governing } from '../explain/governing.ts'
import type { ReviewContext } from '../review/review-manifest.ts'
import type { Manifest } from '../state/manifest.ts'
import { compare, keepSide, type Comparison } from './compare.ts'
import { NO_CHANGES } from './finding-changes.ts'

/** What there is, and what there would be: of one moment, but for what is proposed. */
export interface Sides {
  readonly today: ReviewContext
  readonly proposed: ReviewContext
}

/** An object on both sides, and who has a say about it as proposed. */
export interface JudgedBoth {
  readonly comparison: Comparison
  /** names of policies */
  readonly governing: readonly string[]
}

/**
 * Decides one object on both sides, and compares the two answers.
 *
 * @throws ManifestError for an object that the API server would refuse
 */
export async function judgeBoth(manifest: Manifest, sides: Sides): Promise<JudgedBoth> {
  const today = await judge(manifest, sides.today)
  const proposed = await judge(manifest, sides.proposed)
  return {
    comparison:
      'reviewed' in today && 'reviewed' in proposed
        ? compare(today.reviewed, proposed.reviewed, samePolicies(sides))
        : untold(manifest, sides, { today, proposed }),
    governing: 'reviewed' in proposed ? proposed.policies : [],
  }
}

/** At least one side is not known at all. */
function untold(
  manifest: Manifest,
  sides: Sides,
  { today, proposed }: { readonly today: Answered; readonly proposed: Answered },
): Comparison {
  const { apiVersion, kind, name } = manifest
  const namespace = manifest.namespace || sides.today.defaultNamespace
  const whys = [today, proposed].flatMap((one) => ('reviewed' in one ? [] : one.why))
  return {
    source: manifest.source,
    object: { apiVersion, kind, namespace, name },
    change: 'unknown',
    weaker: false,
    findings: NO_CHANGES,
    unknown: [...new Set(whys)].map((why) => ({ what: 'the admission of', action: 'Deny', why })),
    today: 'reviewed' in today ? keepSide(today.reviewed, 'unknown') : undefined,
    proposed: 'reviewed' in proposed ? keepSide(proposed.reviewed, 'unknown') : undefined,
  }
}

type Answered = Governing | { readonly why: string }

/** What is unknown of one object hides nothing of the others. */
async function judge(manifest: Manifest, context: ReviewContext): Promise<Answered> {
  try {
    return await reviewWithGoverning(manifest, context)
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
