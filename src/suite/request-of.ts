import { isObject } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import { groupOf, type Manifest } from '../state/manifest.ts'
import { isReviewable } from '../review/review-manifest.ts'
import type { Files } from './files.ts'
import { inlineManifests, onlyManifestAt } from './manifests-at.ts'
import { DEFAULT_NAMESPACE } from './state-of.ts'
import type { SuiteTest } from './suite.ts'
import { Unusable } from './unusable.ts'

/**
 * What a test sends to admission: a manifest that is decided as `review` decides it, or the AdmissionReview of a change.
 *
 * @throws Unusable for what is not there, or nothing that can be decided
 */
export async function requestOf({ request, place }: SuiteTest, files: Files): Promise<Manifest> {
  const { operation = 'CREATE', object, oldObject, review } = request
  const read = (value: Parameters<typeof onlyManifestAt>[0], field: string): Promise<Manifest> =>
    onlyManifestAt(value, files, place, ['request', field])

  if (review !== undefined) {
    const recorded = await read(review, 'review')
    if (recorded.kind === 'AdmissionReview' && isReviewable(recorded)) {
      if (isObject(recorded.object['request'])) return recorded
      throw new Unusable(place, ['request', 'review'], 'an AdmissionReview without request.')
    }
    throw new Unusable(
      place,
      ['request', 'review'],
      `wanted an AdmissionReview of admission.k8s.io, got ${recorded.apiVersion} ${recorded.kind}. A pod or workload is an "object".`,
    )
  }
  const now = object === undefined ? undefined : await read(object, 'object')
  const old = oldObject === undefined ? undefined : await read(oldObject, 'oldObject')
  for (const [field, one] of [
    ['object', now],
    ['oldObject', old],
  ] as const) {
    if (one === undefined) continue
    if (request.namespace !== undefined && one.namespace !== '' && one.namespace !== request.namespace) {
      throw new Unusable(
        place,
        ['request', 'namespace'],
        `namespace ${quote(request.namespace)}, but the object is in ${quote(one.namespace)}. Take it out here, or there.`,
      )
    }
    if (one.kind === 'AdmissionReview') {
      throw new Unusable(place, ['request', field], 'a recorded AdmissionReview is given as "review".')
    }
    if (!isReviewable(one)) {
      throw new Unusable(
        place,
        ['request', field],
        `${one.apiVersion} ${one.kind} is neither a pod nor makes pods, so admission has nothing to say about it.`,
      )
    }
  }
  if (operation === 'CREATE' && now !== undefined) return now
  return operation === 'DELETE' ? changed(undefined, old ?? now, 'DELETE') : changed(now, old, 'UPDATE')

  /** What an API server sends about an object that changes or goes. */
  function changed(
    after: Manifest | undefined,
    before: Manifest | undefined,
    what: 'UPDATE' | 'DELETE',
  ): Manifest {
    const named = after ?? before
    if (named === undefined) throw new Unusable(place, ['request'], `${what} without an object.`)
    if (after !== undefined && before !== undefined && kindOf(after) !== kindOf(before)) {
      throw new Unusable(
        place,
        ['request', 'oldObject'],
        `${kindOf(before)} cannot become ${kindOf(after)}: "object" and "oldObject" are the same object, after and before.`,
      )
    }
    const namespace = named.namespace || (request.namespace ?? DEFAULT_NAMESPACE)
    const content = {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: '00000000-0000-0000-0000-000000000000',
        kind: { group: groupOf(named.apiVersion), version: versionOf(named), kind: named.kind },
        resource: {
          group: groupOf(named.apiVersion),
          version: versionOf(named),
          resource: `${named.kind.toLowerCase()}s`,
        },
        name: named.name,
        namespace,
        operation: what,
        object: inNamespace(after, namespace),
        oldObject: inNamespace(before, namespace),
        userInfo: request.userInfo ?? {},
      },
    }
    const [manifest] = inlineManifests(content, place, ['request'])
    if (manifest === undefined) throw new Unusable(place, ['request'], 'nothing to review.')
    // a finding about the change points into the file of the object
    return {
      ...manifest,
      source: named.source,
      lineOf: (path) => lineIn(path, after, before) ?? named.source.line,
    }
  }
}

function lineIn(
  [top, which, ...path]: readonly (string | number)[],
  after: Manifest | undefined,
  before: Manifest | undefined,
): number | undefined {
  if (top !== 'request') return undefined
  return which === 'oldObject' ? before?.lineOf(path) : after?.lineOf(path)
}

function kindOf({ apiVersion, kind }: Manifest): string {
  return `${groupOf(apiVersion) === '' ? '' : `${groupOf(apiVersion)} `}${kind}`
}

function versionOf({ apiVersion }: Manifest): string {
  return apiVersion.split('/').at(-1) ?? ''
}

/** An API server never sends an object without its namespace. */
function inNamespace(manifest: Manifest | undefined, namespace: string): object | null {
  if (manifest === undefined) return null
  const { object } = manifest
  return { ...object, metadata: { ...(isObject(object['metadata']) ? object['metadata'] : {}), namespace } }
}
