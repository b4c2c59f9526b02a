import { settingsOf } from '../../src/cli/world-options.ts'
import { DEFAULT_CLUSTER_DOMAIN } from '../../src/config/cluster-domain.ts'
import { SERVICE_NAMESPACE } from '../../src/core/vocabulary.ts'
import { reviewManifest, type ReviewContext, type Reviewed } from '../../src/review/review-manifest.ts'
import { buildSnapshot } from '../../src/state/build-snapshot.ts'
import { ManifestError, type Manifest } from '../../src/state/manifest.ts'
import { inlineManifests, manifestsAt } from './case-manifests.ts'
import { stateOf } from './case-state.ts'
import type { Case } from './read-case.ts'

/** What came out of a test's request. */
export interface Outcome {
  readonly reviewed: Reviewed
  /** the admitted pod, sent again; none where the pod was refused */
  readonly again: Reviewed | undefined
}

const DEFAULT_NAMESPACE = 'default'

/** Decides a test's request, as `dapr-shared review` does. */
export async function runCase(one: Case): Promise<Outcome> {
  const { inventory, policies, facts } = buildSnapshot(await stateOf(one), {
    defaultNamespace: DEFAULT_NAMESPACE,
    clusterDomain: DEFAULT_CLUSTER_DOMAIN,
  })
  const settings = settingsOf({
    state: [],
    clusterDomain: DEFAULT_CLUSTER_DOMAIN,
    ownNamespace: SERVICE_NAMESPACE,
  })
  const context: ReviewContext = {
    known: { inventory, policies, settings, now: Date.parse(nowOf(one)) },
    facts,
    signal: AbortSignal.timeout(PATIENCE_MS),
    defaultNamespace: one.request.namespace ?? DEFAULT_NAMESPACE,
  }
  const reviewed = await reviewManifest(await requestOf(one), context)
  return { reviewed, again: await reviewAgain(one, reviewed, context) }
}

const PATIENCE_MS = 10_000
const SOME_DAY = '2026-11-21T12:00:00Z'

/** The clock that exceptions see. */
function nowOf({ state, testState }: Case): string {
  return testState?.now ?? state?.now ?? SOME_DAY
}

async function requestOf(one: Case): Promise<Manifest> {
  const { operation = 'CREATE', object, oldObject, review } = one.request
  if (review !== undefined) return single(one, 'review')
  if (operation === 'CREATE') return single(one, 'object')
  const [now, old] = [
    object === undefined ? undefined : await single(one, 'object'),
    oldObject === undefined ? undefined : await single(one, 'oldObject'),
  ]
  return asReview(one, operation, now, old)
}

async function single(one: Case, field: 'object' | 'oldObject' | 'review'): Promise<Manifest> {
  const [manifest, ...others] = await manifestsAt(one.request[field], one.written, ['request', field])
  if (manifest === undefined || others.length > 0)
    throw problem(one, `wanted one object in request.${field}.`)
  return manifest
}

/** What an API server sends about a pod that changes or goes. */
function asReview(
  one: Case,
  operation: 'UPDATE' | 'DELETE',
  now: Manifest | undefined,
  old: Manifest | undefined,
): Manifest {
  const named = now ?? old
  if (named?.kind !== 'Pod') throw problem(one, `${operation} is for pods: wanted one in request.oldObject.`)
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '00000000-0000-0000-0000-000000000000',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: named.namespace || (one.request.namespace ?? DEFAULT_NAMESPACE),
      operation,
      object: now?.object ?? null,
      oldObject: old?.object ?? null,
      userInfo: one.request.userInfo ?? {},
    },
  }
  const [manifest] = inlineManifests(review, one.written, ['request'])
  if (manifest === undefined) throw problem(one, 'no review.')
  return manifest
}

async function reviewAgain(
  one: Case,
  { item, after }: Reviewed,
  context: ReviewContext,
): Promise<Reviewed | undefined> {
  if (after === undefined) return undefined
  const [manifest] = inlineManifests({ apiVersion: 'v1', kind: 'Pod', ...after }, one.written, ['request'])
  return manifest && reviewManifest(manifest, { ...context, defaultNamespace: item.object.namespace })
}

function problem({ written: { file, lineOf } }: Case, text: string): ManifestError {
  return new ManifestError({ file, line: lineOf(['request']) }, text)
}
