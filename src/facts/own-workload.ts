import type { Fact, Owner } from '../core/facts.ts'
import type { Pod } from '../core/pod.ts'
import { bareKeyOf, workloadKeyOf } from './workload-key.ts'
import type { FactSubject } from './fact-source.ts'

/**
 * The key under which the pod's own workload is counted. A claim of an owner that is not verified counts as none, or a
 * bare pod could pass as one more pod of somebody's workload.
 *
 * @param owners of the pod, as far as they are verified
 */
export function ownWorkload(
  { pod, namespace, owners: expandedFrom }: FactSubject,
  owners: Fact<readonly Owner[]> | undefined,
): string {
  const top = expandedFrom?.at(-1)
  if (top !== undefined) return `${namespace}/${top.kind}/${top.name}`
  const metadata = looseMetadata(pod)
  return owners?.known === true && owners.value.length > 0
    ? workloadKeyOf(metadata, namespace)
    : bareKeyOf(metadata, namespace)
}

function looseMetadata({ metadata }: Pod): Readonly<Record<string, unknown>> {
  return { name: metadata.name, labels: metadata.labels, ownerReferences: metadata.ownerReferences }
}
