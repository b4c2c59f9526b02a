import { reviewWithGoverning } from '../explain/governing.ts'
import { FactUnavailable } from '../facts/fact-source.ts'
import { MalformedReview } from '../admission/review.ts'
import type { Settings } from '../core/settings.ts'
import { reviewManifest, type ReviewContext, type Reviewed } from '../review/review-manifest.ts'
import { ManifestError } from '../state/manifest.ts'
import type { Files } from './files.ts'
import { inlineManifests } from './manifests-at.ts'
import { requestOf } from './request-of.ts'
import { DEFAULT_NAMESPACE } from './state-of.ts'
import type { Seen } from './snapshot-cache.ts'
import type { SuiteProblem, SuiteTest } from './suite.ts'
import { tellError } from './tell-error.ts'
import { Unusable } from './unusable.ts'

/** What came out of a test's request. */
export interface Outcome {
  readonly reviewed: Reviewed
  /** the admitted pod, sent again; none where there is no admitted pod */
  readonly again: Reviewed | undefined
  /** names of the policies that govern it */
  readonly governing: readonly string[]
  readonly seen: Seen
}

/** What tests are decided with. */
export interface Bench {
  readonly files: Files
  readonly settings: Settings
  /** milliseconds since the epoch, where no test says otherwise */
  readonly now: number
  readonly seenBy: (test: SuiteTest) => Promise<Seen>
  readonly signal: AbortSignal
}

/**
 * Decides a test's request, as `dapr-shared review` does.
 *
 * @returns the outcome, or why there is none
 */
export async function runTest(test: SuiteTest, bench: Bench): Promise<Outcome | SuiteProblem> {
  try {
    const seen = await bench.seenBy(test)
    const context = contextOf(test, seen, bench)
    const request = await requestOf(test, bench.files)
    const { reviewed, policies } = await reviewWithGoverning(request, context)
    return { reviewed, again: await reviewAgain(test, reviewed, context), governing: policies, seen }
  } catch (error) {
    return problemOf(error, test)
  }
}

/** The clock that exceptions see. */
export function nowOf({ state, testState }: SuiteTest, now: number): number {
  const said = testState?.now ?? state?.now
  return said === undefined ? now : Date.parse(said)
}

function contextOf(test: SuiteTest, { snapshot }: Seen, bench: Bench): ReviewContext {
  const { inventory, policies, facts } = snapshot
  return {
    known: { inventory, policies, settings: bench.settings, now: nowOf(test, bench.now) },
    facts,
    signal: bench.signal,
    defaultNamespace: test.request.namespace ?? DEFAULT_NAMESPACE,
  }
}

async function reviewAgain(
  test: SuiteTest,
  { item, after }: Reviewed,
  context: ReviewContext,
): Promise<Reviewed | undefined> {
  if (after === undefined || test.expect.idempotent === undefined) return undefined
  const [manifest] = inlineManifests({ apiVersion: 'v1', kind: 'Pod', ...after }, test.place, ['request'])
  return manifest && reviewManifest(manifest, { ...context, defaultNamespace: item.object.namespace })
}

function problemOf(error: unknown, { place }: SuiteTest): SuiteProblem {
  if (error instanceof Unusable) return error.problem
  const source = place.sourceOf(['request'])
  if (error instanceof ManifestError) return tellError(error, source)
  if (!(error instanceof MalformedReview || error instanceof FactUnavailable)) throw error
  return { source, message: error.message, fails: false }
}
