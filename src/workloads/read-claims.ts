import { objectOr } from '../core/cluster-facts.ts'
import type { WorkloadClaims } from '../core/rules/workload.ts'
import { listOf } from '../discovery/loose.ts'
import type { Manifest } from '../state/manifest.ts'
import { at, templatePath } from './expand.ts'

/** What a workload says outside of the pod it makes. */
export function readClaims({
  apiVersion,
  kind,
  object,
}: Pick<Manifest, 'apiVersion' | 'kind' | 'object'>): WorkloadClaims {
  const path = templatePath({ apiVersion, kind }) ?? []
  // a selector stands beside the template that it has to fit
  const selectorPath = [...path.slice(0, -1), 'selector']
  const metadata = objectOr(object['metadata'])
  const templateMetadata = objectOr(at(object, [...path, 'metadata']))
  const selector = objectOr(at(object, selectorPath))
  return {
    kind,
    templateField: path.join('.'),
    selectorField: selectorPath.join('.'),
    annotations: objectOr(metadata['annotations']),
    templateAnnotations: objectOr(templateMetadata['annotations']),
    templateLabels: objectOr(templateMetadata['labels']),
    selectorKeys: [
      ...Object.keys(selector),
      ...Object.keys(objectOr(selector['matchLabels'])),
      ...listOf(selector['matchExpressions']).map((one) => String(objectOr(one)['key'])),
    ],
    isOwned: listOf(metadata['ownerReferences']).some((owner) => objectOr(owner)['controller'] === true),
  }
}
