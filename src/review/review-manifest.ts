import jsonpatch, { type Operation } from 'fast-json-patch'
import { decideReview } from '../admission/decide-review.ts'
import { decodeReview, MalformedReview, type Review } from '../admission/review.ts'
import { objectOr } from '../core/cluster-facts.ts'
import type { Settings } from '../core/settings.ts'
import { decide } from '../core/decide.ts'
import { denies, isAllowed, type Decision } from '../core/decision.ts'
import type { Inventory } from '../core/inventory.ts'
import { toJsonPatch } from '../core/json-patch.ts'
import { warningsOf } from '../core/message.ts'
import { isPodProblem, readPod, type Pod } from '../core/pod.ts'
import { inCatalogueOrder, type Finding } from '../core/rules.ts'
import { workloadFindings } from '../core/rules/workload.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { at, expandWorkload, isPod, makesPods, templatePath } from '../state/expand-workload.ts'
import { listOf, textOf } from '../discovery/loose.ts'
import { ManifestError, type Manifest, type Path } from '../state/manifest.ts'
import { containerEnv } from './container-env.ts'
import { fieldIn, fieldPath } from './field-path.ts'
import type { ReviewedObject, ReviewItem } from './result.ts'

export interface ReviewContext {
  readonly inventory: Inventory
  readonly settings: Settings
  /** for objects that name none */
  readonly defaultNamespace: string
}

/** One reviewed object, and the pod before and after for those who show a difference. */
export interface Reviewed {
  readonly item: ReviewItem
  /** `<namespace>/<appId>` of what it gets, empty where it gets nothing */
  readonly instance: string
  readonly before: Pod | undefined
  readonly after: Pod | undefined
}

/** Whether a decision can be made about the object. */
export function isReviewable(manifest: Manifest): boolean {
  return isReview(manifest) || makesPods(manifest)
}

/**
 * Decides one object of the input: a pod, the pod that a workload's controller would create, or a recorded review.
 *
 * @throws ManifestError for an object that the API server would refuse
 */
export function reviewManifest(manifest: Manifest, context: ReviewContext): Reviewed {
  return isReview(manifest) ? reviewRecorded(manifest, context) : reviewWritten(manifest, context)
}

function isReview({ apiVersion, kind }: Manifest): boolean {
  return kind === 'AdmissionReview' && apiVersion.startsWith('admission.k8s.io/')
}

function reviewWritten(manifest: Manifest, context: ReviewContext): Reviewed {
  const { apiVersion, kind, name } = manifest
  const namespace = manifest.namespace || context.defaultNamespace
  const { pod: loose, path } = expandWorkload(manifest, namespace)
  const pod = readPod(loose)
  if (isPodProblem(pod)) {
    const field = fieldIn(path, pod.field)
    const line = manifest.lineOf(fieldPath(field))
    throw new ManifestError({ ...manifest.source, line }, `${field || kind}: wanted ${pod.wanted}.`)
  }
  const { inventory, settings } = context
  const asPod = decide({ stage: 'mutate', pod, namespace, inventory, settings })
  const decision =
    isPod(manifest) || settings.excludedNamespaces.has(namespace) ? asPod : withWorkload(asPod, manifest)
  const onWorkload = new Set(decision.findings.filter((finding) => !asPod.findings.includes(finding)))
  return conclude(manifest, { apiVersion, kind, namespace, name }, decision, pod, (finding) =>
    onWorkload.has(finding) ? [] : path,
  )
}

/** Adds what the workload itself does wrong to what its pod does. */
function withWorkload(decision: Decision, manifest: Manifest): Decision {
  const path = templatePath(manifest) ?? []
  // a selector stands beside the template that it has to fit
  const selectorPath = [...path.slice(0, -1), 'selector']
  const { object } = manifest
  const metadata = objectOr(object['metadata'])
  const templateMetadata = objectOr(at(object, [...path, 'metadata']))
  const selector = objectOr(at(object, selectorPath))
  const expressions = selector['matchExpressions']
  const findings = workloadFindings({
    kind: manifest.kind,
    templateField: path.join('.'),
    selectorField: selectorPath.join('.'),
    annotations: objectOr(metadata['annotations']),
    templateAnnotations: objectOr(templateMetadata['annotations']),
    templateLabels: objectOr(templateMetadata['labels']),
    selectorKeys: [
      ...Object.keys(selector),
      ...Object.keys(objectOr(selector['matchLabels'])),
      ...(Array.isArray(expressions) ? expressions.map((one) => String(objectOr(one)['key'])) : []),
    ],
    isOwned: listOf(metadata['ownerReferences']).some((owner) => objectOr(owner)['controller'] === true),
  })
  if (findings.length === 0) return decision
  const all = [...decision.findings, ...findings].toSorted(inCatalogueOrder)
  return denies(all)
    ? { ...decision, outcome: 'denied', findings: all, edits: [] }
    : { ...decision, findings: all }
}

function reviewRecorded(manifest: Manifest, { inventory, settings }: ReviewContext): Reviewed {
  let review: Review
  try {
    review = decodeReview(manifest.object)
  } catch (error) {
    if (!(error instanceof MalformedReview)) throw error
    throw new ManifestError(
      manifest.source,
      `no AdmissionReview that an API server sends (${error.message}).`,
    )
  }
  const { subject, operation } = review
  const decision = decideReview(operation === 'CREATE' ? 'mutate' : 'validate', review, inventory, settings)
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
  const matched = decision.matched || (asks && !settings.excludedNamespaces.has(review.namespace))
  return conclude(manifest, reviewed, { ...decision, matched }, pod, () => ['request', 'object'])
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
  const after = pod === undefined || !allowed ? undefined : applied(pod, patch)
  const item: ReviewItem = {
    source: manifest.source,
    object,
    allowed,
    matched: decision.matched,
    findings: decision.findings.map((finding) => {
      const field = fieldIn(pathOf(finding), finding.field)
      return {
        ...finding,
        field,
        source: { ...manifest.source, line: manifest.lineOf(fieldPath(field)) },
        exception: '',
      }
    }),
    warnings: warningsOf(decision),
    patch,
    env: after === undefined ? {} : containerEnv(after),
  }
  return { item, instance: allowed ? decision.instance : '', before: pod, after }
}

/** The pod as the API server has it after our patch, made by a JSON Patch implementation that is not ours. */
function applied(pod: Pod, patch: ReturnType<typeof toJsonPatch>): Pod {
  return patch.length === 0
    ? pod
    : jsonpatch.applyPatch(structuredClone(pod), patch as Operation[], true).newDocument
}
