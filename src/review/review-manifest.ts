import jsonpatch, { type Operation } from 'fast-json-patch'
import { decideReview, type Known } from '../admission/decide-review.ts'
import { decodeReview, MalformedReview, type Review } from '../admission/review.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { isAllowed, type Decision } from '../core/decision.ts'
import { toJsonPatch } from '../core/json-patch.ts'
import { warningsOf } from '../core/message.ts'
import type { Pod } from '../core/pod.ts'
import type { Point } from '../core/policy.ts'
import type { Finding } from '../core/rules.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { textOf } from '../discovery/loose.ts'
import type { FactSource } from '../facts/fact-source.ts'
import { gatherAndDecide } from '../facts/gather-and-decide.ts'
import { ManifestError, type Manifest, type Path } from '../state/manifest.ts'
import { decideWorkload } from '../workloads/decide-workload.ts'
import { makesPods } from '../workloads/expand.ts'
import { ownersOf } from '../workloads/owners-of.ts'
import { containerEnv } from './container-env.ts'
import { fieldIn, fieldPath } from './field-path.ts'
import type { ReviewedObject, ReviewFinding, ReviewItem } from './result.ts'

export interface ReviewContext {
  readonly known: Known
  readonly facts: FactSource
  /** for objects that name none */
  readonly defaultNamespace: string
  /** ends the wait for a cluster's answers */
  readonly signal: AbortSignal
  /** where pods and workloads are decided; CLI unless told */
  readonly point?: Point
}

/** One reviewed object, and the pod before and after for those who show a difference. */
export interface Reviewed {
  readonly item: ReviewItem
  /** `<namespace>/<appId>` of what it gets, empty where it gets nothing */
  readonly instance: string
  readonly before: Pod | undefined
  /** made anew whenever it is asked for: of many objects, all pods at once would fill the memory */
  readonly after: Pod | undefined
  /** facts that stay unknown, although a policy asked for them */
  readonly unknown: Decision['unknown']
  /** of the findings those that say no more than that a fact is unknown */
  readonly presumed: readonly ReviewFinding[]
}

export type Verdict =
  'refused' | 'does not ask' | 'admitted unchanged' | 'admitted without injection' | 'injected'

/** What becomes of the pod, in a word or two. */
export function verdictOf({ item: { allowed, matched, patch }, instance }: Reviewed): Verdict {
  if (!allowed) return 'refused'
  if (!matched) return 'does not ask'
  if (patch.length === 0) return 'admitted unchanged'
  return instance === '' ? 'admitted without injection' : 'injected'
}

/** Whether a decision can be made about the object. */
export function isReviewable(manifest: Manifest): boolean {
  return isReview(manifest) || makesPods(manifest)
}

/**
 * Decides one object of the input: a pod, the pod that a workload's controller would create, or a recorded review.
 *
 * @throws ManifestError for an object that the API server would refuse, FactUnavailable where a cluster does not tell
 */
export function reviewManifest(manifest: Manifest, context: ReviewContext): Promise<Reviewed> {
  return isReview(manifest) ? reviewRecorded(manifest, context) : reviewWritten(manifest, context)
}

/** Whether the object is a recorded AdmissionReview. */
export function isReview({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return kind === 'AdmissionReview' && apiVersion.startsWith('admission.k8s.io/')
}

async function reviewWritten(manifest: Manifest, context: ReviewContext): Promise<Reviewed> {
  const { apiVersion, kind, name } = manifest
  const { known, facts, signal, point = 'CLI' } = context
  const { preview: _, ...governed } = known
  const namespace = manifest.namespace || context.defaultNamespace
  const made = ownersOf(manifest)
  const decided = await gatherAndDecide(
    (factsOf) =>
      decideWorkload(manifest, namespace, {
        ...governed,
        point,
        factsOf: (pod) => factsOf({ pod, namespace, ...made }),
      }),
    facts,
    signal,
  )
  if ('wanted' in decided) {
    const field = fieldIn(decided.path, decided.field)
    const line = manifest.lineOf(fieldPath(field))
    throw new ManifestError({ ...manifest.source, line }, `${field || kind}: wanted ${decided.wanted}.`)
  }
  const { decision, pod, path, own } = decided
  return conclude(manifest, { apiVersion, kind, namespace, name }, decision, pod, (finding) =>
    own.has(finding) ? [] : path,
  )
}

async function reviewRecorded(
  manifest: Manifest,
  { known, facts, signal }: ReviewContext,
): Promise<Reviewed> {
  const review = decodeRecorded(manifest)
  const { subject, operation } = review
  const stage = subject.kind === 'object' ? 'workloads' : operation === 'CREATE' ? 'mutate' : 'validate'
  const decision = await gatherAndDecide(
    (factsOf) => decideReview(stage, review, known, factsOf),
    facts,
    signal,
  )
  const request = objectOr(manifest.object['request'])
  const object = objectOr(request['object'] ?? request['oldObject'])
  const metadata = objectOr(object['metadata'])
  const reviewed: ReviewedObject = {
    apiVersion: textOf(object['apiVersion']) ?? '',
    kind: textOf(object['kind']) ?? textOf(objectOr(request['kind'])['kind']) ?? '',
    namespace: review.namespace,
    name: textOf(metadata['name']) ?? textOf(metadata['generateName']) ?? textOf(request['name']) ?? '',
  }
  const pod = subject.kind === 'create' || subject.kind === 'update' ? subject.pod : undefined
  // a DELETE or a change of a subresource is not ours to judge; the pod still is one that asks
  const asks = reviewed.kind === 'Pod' && ANNOTATION.shared in objectOr(metadata['annotations'])
  const matched = decision.matched || (asks && !known.settings.excludedNamespaces.has(review.namespace))
  return conclude(manifest, reviewed, { ...decision, matched }, pod, () => ['request', 'object'])
}

function decodeRecorded(manifest: Manifest): Review {
  try {
    return decodeReview(manifest.object)
  } catch (error) {
    if (!(error instanceof MalformedReview)) throw error
    throw new ManifestError(
      manifest.source,
      `no AdmissionReview that an API server sends (${error.message}).`,
    )
  }
}

function conclude(
  manifest: Manifest,
  object: ReviewedObject,
  decision: Decision,
  pod: Pod | undefined,
  pathOf: (finding: Finding) => Path,
): Reviewed {
  const patch = pod === undefined ? [] : toJsonPatch(pod, decision.edits)
  const allowed = isAllowed(decision)
  const admitted = (): Pod | undefined => (pod === undefined || !allowed ? undefined : applied(pod, patch))
  const after = admitted()
  const findings = decision.findings.map((finding): ReviewFinding => {
    const { builtIn: _, unknown: __, ...told } = finding
    const field = fieldIn(pathOf(finding), finding.field)
    return { ...told, field, source: { ...manifest.source, line: manifest.lineOf(fieldPath(field)) } }
  })
  const item: ReviewItem = {
    source: manifest.source,
    object,
    allowed,
    matched: decision.matched,
    findings,
    warnings: warningsOf(decision),
    patch,
    env: after === undefined ? {} : containerEnv(after),
  }
  return {
    item,
    instance: allowed ? decision.instance : '',
    before: pod,
    get after() {
      return admitted()
    },
    unknown: decision.unknown,
    presumed: findings.filter((_, index) => isPresumed(decision.findings[index], decision)),
  }
}

/** A policy that may not govern the pod at all is obeyed, too, where it insists on the fact that would tell. */
function isPresumed(finding: Finding | undefined, { unknown }: Decision): boolean {
  return (
    finding?.unknown === true ||
    unknown.some(({ rule, policy }) => rule === undefined && policy === finding?.policy)
  )
}

/** The pod as the API server has it after our patch, made by a JSON Patch implementation that is not ours. */
function applied(pod: Pod, patch: ReturnType<typeof toJsonPatch>): Pod {
  return patch.length === 0
    ? pod
    : jsonpatch.applyPatch(structuredClone(pod), patch as Operation[], true).newDocument
}
