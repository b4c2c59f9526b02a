import type { Known } from '../admission/decide-review.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import { quote } from '../core/quote.ts'
import { listOf, textOf } from '../discovery/loose.ts'
import { FactUnavailable, NoSuchNamespace, type FactSource } from '../facts/fact-source.ts'
import { incompleteOf } from '../review/incomplete.ts'
import { makeResult, type ReviewResult } from '../review/result.ts'
import { isReview, isReviewable, reviewManifest, type Reviewed } from '../review/review-manifest.ts'
import { unknownNotes } from '../review/unknown-notes.ts'
import { describe, ManifestError, type Manifest } from '../state/manifest.ts'
import type { ParsedManifests } from '../state/parse-manifests.ts'
import { expandWorkload } from '../workloads/expand.ts'
import type { Caller } from './callers.ts'
import type { ManifestBounds } from './read-manifests.ts'
import { Refusal } from './refuse.ts'

export interface ReviewAllParts {
  readonly known: Known
  readonly facts: FactSource
  /** for objects that name none */
  readonly defaultNamespace: string
  /** bytes of the answer */
  readonly longest: number
  readonly breathe: () => Promise<void> | undefined
  readonly signal: AbortSignal
}

/** The answer, and what `review` would tell beside it on standard error. */
export interface ReviewedAll {
  /** a ReviewResult as JSON */
  readonly body: string
  readonly notes: readonly string[]
  readonly objects: number
}

/**
 * Those of the objects that can be decided.
 *
 * @throws Refusal for a pod that is too large, and where there is none: an answer that saw nothing would look like a good one
 */
export function reviewableOf(
  { manifests }: ParsedManifests,
  { containers }: Pick<ManifestBounds, 'containers'>,
): readonly Manifest[] {
  const reviewable = manifests.filter(isReviewable)
  const large = reviewable.find((manifest) => containersOf(manifest) > containers)
  if (large !== undefined) {
    const { file, line } = large.source
    throw new Refusal('TooComplex', `${file}: line ${line}: a pod has more than ${containers} containers.`)
  }
  if (reviewable.length > 0) return reviewable
  const kinds = [...new Set(manifests.map(({ kind }) => quote(kind)))].slice(0, 5)
  throw new Refusal(
    'NothingToReview',
    kinds.length === 0
      ? 'the body has no object. Send a pod, a workload or an AdmissionReview.'
      : `the body has ${kinds.join(', ')}, and nothing that makes pods. Send a pod, a workload or an AdmissionReview.`,
  )
}

function containersOf(manifest: Manifest): number {
  const { pod } = expandWorkload(isReview(manifest) ? reviewedObject(manifest) : manifest, '')
  const { containers, initContainers, ephemeralContainers } = objectOr(pod['spec'])
  return [containers, initContainers, ephemeralContainers].flatMap(listOf).length
}

function reviewedObject({ object: { request } }: Manifest): Parameters<typeof expandWorkload>[0] {
  const object = objectOr(objectOr(request)['object'])
  return {
    object,
    apiVersion: textOf(object['apiVersion']) ?? '',
    kind: textOf(object['kind']) ?? '',
    name: '',
  }
}

/**
 * Asks for every namespace of the objects whether the caller may ask about it. Nothing was decided before, so that he learns
 * nothing of any other.
 *
 * @throws Refusal for the first where he may not, FactUnavailable
 */
export async function checkNamespaces(
  manifests: readonly Manifest[],
  caller: Caller,
  { defaultNamespace, signal }: Pick<ReviewAllParts, 'defaultNamespace' | 'signal'>,
): Promise<void> {
  for (const namespace of new Set(manifests.map((manifest) => namespaceOf(manifest, defaultNamespace)))) {
    if (await caller.mayAsk(namespace, signal)) continue
    throw new Refusal(
      'Forbidden',
      `${quote(caller.name)} may not ask about pods of namespace ${namespace}. Whoever may, has the verb create on reviews.shared.dapr.io there: kubectl create rolebinding dapr-shared-reviewer -n ${namespace} --clusterrole=dapr-shared-reviewer ${subjectOf(caller.name)}`,
    )
  }
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([-a-z0-9]+:[-a-z0-9.]+)$/

function subjectOf(name: string): string {
  const account = SERVICE_ACCOUNT.exec(name)?.[1]
  return account === undefined ? `--user=${quote(name)}` : `--serviceaccount=${account}`
}

/** Where the pod would be; it becomes part of a question to the API server. */
function namespaceOf({ kind, object, namespace, source }: Manifest, defaultNamespace: string): string {
  const named =
    kind === 'AdmissionReview' ? objectOr(object['request'])['namespace'] : namespace || defaultNamespace
  if (typeof named === 'string' && isDnsLabel(named)) return named
  throw new Refusal(
    'BadManifest',
    `${source.file}:${source.line}: a namespace that Kubernetes refuses: ${quote(typeof named === 'string' ? named : '')}.`,
  )
}

/**
 * Decides one object after the other, at the point CLI. Nobody is told of it: nothing is counted, kept or reserved.
 *
 * @throws Refusal for an object that the API server would refuse or that nobody can decide now, or the signal's reason
 */
export async function reviewAll(
  manifests: readonly Manifest[],
  { known, facts, defaultNamespace, longest, breathe, signal }: ReviewAllParts,
): Promise<ReviewedAll> {
  const reviewed: Reviewed[] = []
  const items: string[] = []
  let size = 0
  for (const manifest of manifests) {
    const one = await reviewOne(manifest, { known, facts, defaultNamespace, signal })
    const item = JSON.stringify(one.item)
    size += item.length
    if (size > longest)
      throw new Refusal('AnswerTooLarge', 'the answer would be too large. Send fewer objects at a time.')
    reviewed.push(one)
    items.push(item)
    await breathe()
    signal.throwIfAborted()
  }
  return {
    body: resultOf(
      makeResult(
        reviewed.map(({ item }) => item),
        incompleteOf({ reviewed, unanswered: [] }),
      ),
      items,
    ),
    notes: reviewed.flatMap(unknownNotes),
    objects: items.length,
  }
}

async function reviewOne(
  manifest: Manifest,
  context: Parameters<typeof reviewManifest>[1],
): Promise<Reviewed> {
  try {
    return await reviewManifest(manifest, context)
  } catch (cause) {
    if (cause instanceof ManifestError) throw new Refusal('BadManifest', cause.message, { cause })
    if (cause instanceof FactUnavailable) throw unanswered(manifest, cause)
    throw cause
  }
}

/** Why nobody answered is for the log: it may tell of the cluster what the caller need not know. */
function unanswered({ source, kind, name, namespace }: Manifest, cause: FactUnavailable): Refusal {
  const what = `${source.file}:${source.line}: ${describe({ kind, name: quote(name), namespace })}`
  return cause instanceof NoSuchNamespace
    ? new Refusal(
        'NoSuchNamespace',
        `${what}: its namespace is not there, and a policy asks for the labels of it. Make the namespace first.`,
        { cause },
      )
    : new Refusal(
        'FactUnavailable',
        `${what}: what a policy asks for cannot be had from the cluster now. Ask again in a moment.`,
        { cause },
      )
}

/** As `JSON.stringify(result)`, of which the long part is written already. */
function resultOf(result: ReviewResult, written: readonly string[]): string {
  const empty = JSON.stringify({ ...result, items: [] })
  const place = empty.indexOf('"items":[') + '"items":['.length
  return `${empty.slice(0, place)}${written.join(',')}${empty.slice(place)}`
}
