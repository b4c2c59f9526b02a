import { objectOr } from '../../core/cluster-facts.ts'
import { isDnsLabel } from '../../core/dns-names.ts'
import { quote } from '../../core/quote.ts'
import { ANNOTATION } from '../../core/vocabulary.ts'
import { isReviewable } from '../../review/review-manifest.ts'
import { ManifestError, type Manifest } from '../../state/manifest.ts'
import { expandWorkload } from '../../workloads/expand.ts'

/**
 * The namespaces that objects are in, and those of the instances that they ask for: asking namespace by namespace needs no
 * rights beyond those of the application's own team.
 *
 * @throws ManifestError for a namespace that cannot be: it becomes part of a path of the API
 */
export function askedNamespaces(manifests: readonly Manifest[], defaultNamespace = 'default'): string[] {
  const named = manifests
    .filter(isReviewable)
    .flatMap((manifest) => [reviewedNamespace(manifest) || defaultNamespace, ...askedNamespace(manifest)])
  return [...new Set(named)]
}

/** The namespace of the instance that a pod asks for, where that is another one. */
function askedNamespace(manifest: Manifest): string[] {
  const object =
    manifest.kind === 'AdmissionReview'
      ? objectOr(objectOr(manifest.object['request'])['object'])
      : expandWorkload(manifest, '').pod
  const asked = objectOr(objectOr(object['metadata'])['annotations'])[ANNOTATION.namespace]
  return typeof asked === 'string' && isDnsLabel(asked) ? [asked] : []
}

function reviewedNamespace({ object, kind, namespace, source }: Manifest): string {
  const named = kind === 'AdmissionReview' ? objectOr(object['request'])['namespace'] : namespace
  if (named === undefined || named === '' || (typeof named === 'string' && isDnsLabel(named)))
    return named ?? ''
  throw new ManifestError(
    source,
    `a namespace that Kubernetes refuses: ${quote(typeof named === 'string' ? named : '')}.`,
  )
}
