import type { Known } from '../admission/decide-review.ts'
import { quote } from '../core/quote.ts'
import type { ReviewContext, Reviewed } from '../review/review-manifest.ts'
import { verdictOf } from '../review/review-manifest.ts'
import type { Manifest } from '../state/manifest.ts'
import { explainAnnotations } from './explain-annotations.ts'
import { explainCandidates } from './explain-candidates.ts'
import { explainChanges, explainContainers } from './explain-containers.ts'
import { explainExceptions } from './explain-exceptions.ts'
import { explainFindings } from './explain-findings.ts'
import { explainGrants } from './explain-grants.ts'
import { explainPolicies } from './explain-policies.ts'
import { explainVerdict } from './explain-verdict.ts'
import type { ExplainedItem, ExplainedNamespace } from './explanation.ts'
import { reviewAndKeep, type Questioned } from './questioned.ts'
import type { Breadth, Told } from './told.ts'
import { traceDecision } from './trace.ts'

/** An object's review, and why it came out so. */
export interface Explained {
  readonly reviewed: Reviewed
  /** made anew whenever it is asked for: of many objects, all at once would fill the memory */
  readonly item: ExplainedItem
}

/**
 * Explains the decision about one object of the input: the review is that of `review`, and everything beside it is read
 * off the same facts.
 *
 * @throws as `reviewManifest`
 */
export async function explainManifest(
  manifest: Manifest,
  context: ReviewContext,
  breadth: Breadth,
): Promise<Explained> {
  const questioned = await reviewAndKeep(manifest, context)
  return {
    reviewed: questioned.reviewed,
    get item() {
      return itemOf(questioned, context.known, breadth)
    },
  }
}

function itemOf({ reviewed, asked }: Questioned, known: Known, breadth: Breadth): ExplainedItem {
  const { item } = reviewed
  const trace = asked && traceDecision(asked, known)
  const { policies } = known.policies
  const point = asked?.point ?? ''
  const candidates = trace ? explainCandidates(trace, breadth) : NONE
  const grants = trace ? explainGrants(trace, breadth) : NONE
  const exceptions = trace ? explainExceptions(trace, breadth) : NONE
  const judges = trace ? explainPolicies(trace, reviewed.unknown, breadth) : NONE
  return {
    ...item,
    verdict: verdictOf(reviewed),
    because: explainVerdict(reviewed, trace),
    point,
    namespace: explainNamespace(item.object.namespace, known),
    annotations: trace ? explainAnnotations(trace.asked.pod, trace.asked.namespace, trace.findings) : [],
    candidates: candidates.told,
    grants: grants.told,
    policies: judges.told,
    exceptions: exceptions.told,
    omitted: {
      candidates: candidates.left,
      grants: grants.left,
      policies: judges.left,
      exceptions: exceptions.left,
    },
    findings: explainFindings(item.findings, { policies, point }),
    containers: trace ? explainContainers(trace, reviewed) : [],
    changes: explainChanges(reviewed),
    unknown: reviewed.unknown.map(({ policy, rule, why }) =>
      rule === undefined
        ? `whether policy ${policy} governs: ${why}.`
        : `${rule} of policy ${policy}: ${why}.`,
    ),
  }
}

const NONE: Told<never> = { told: [], left: 0 }

function explainNamespace(name: string, { settings }: Known): ExplainedNamespace {
  const served = !settings.excludedNamespaces.has(name)
  return {
    name,
    served,
    because: served
      ? `namespace ${quote(name)} is served.`
      : `namespace ${quote(name)} is not served: it must come up without the webhook, which is never called there.`,
  }
}
