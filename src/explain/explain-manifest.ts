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
import { reviewAndKeep } from './questioned.ts'
import { traceDecision } from './trace.ts'

/** An object's review, and why it came out so. */
export interface Explained {
  readonly reviewed: Reviewed
  readonly item: ExplainedItem
}

/**
 * Explains the decision about one object of the input: the review is that of `review`, and everything beside it is read
 * off the same facts.
 *
 * @throws as `reviewManifest`
 */
export async function explainManifest(manifest: Manifest, context: ReviewContext): Promise<Explained> {
  const { reviewed, asked } = await reviewAndKeep(manifest, context)
  const { known } = context
  const { item } = reviewed
  const trace = asked && traceDecision(asked, known)
  const { policies } = known.policies
  const point = asked?.point ?? ''
  return {
    reviewed,
    item: {
      ...item,
      verdict: verdictOf(reviewed),
      because: explainVerdict(reviewed, trace),
      point,
      namespace: explainNamespace(item.object.namespace, known),
      annotations: trace ? explainAnnotations(trace.asked.pod, trace.asked.namespace, trace.findings) : [],
      candidates: trace ? explainCandidates(trace) : [],
      grants: trace ? explainGrants(trace) : [],
      policies: trace ? explainPolicies(trace, reviewed.unknown) : [],
      exceptions: trace ? explainExceptions(trace) : [],
      findings: explainFindings(item.findings, { policies, point }),
      containers: trace ? explainContainers(trace, reviewed) : [],
      changes: explainChanges(reviewed),
      unknown: reviewed.unknown.map(({ policy, rule, why }) =>
        rule === undefined
          ? `whether policy ${policy} governs: ${why}.`
          : `${rule} of policy ${policy}: ${why}.`,
      ),
    },
  }
}

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
