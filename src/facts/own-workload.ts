import type { Fact, Owner } from '../core/facts.ts'
import { bareKeyOf, topByName, workloadKey } from './workload-key.ts'
import type { FactSubject } from './fact-source.ts'

/**
 * The key under which the pod's own workload is counted. A claim of an owner that is not verified counts as none, or a
 * bare pod could pass as one more pod of somebody's workload.
 *
 * The watch counts by names, so a name that is true gives the key. Where the owners do not say what the name says, as of
 * a ReplicaSet that is called like one of somebody's Deployment, the pod is of the workload that owns it indeed.
 *
 * @param verified owners of the pod, as far as they are known
 */
export function ownWorkload(
  { pod, namespace, owners: expandedFrom = [] }: FactSubject,
  verified: Fact<readonly Owner[]> | undefined,
): string {
  const owners = verified?.known === true ? verified.value : expandedFrom
  const [direct] = owners
  const top = owners.at(-1)
  if (direct === undefined || top === undefined) return bareKeyOf({ name: pod.metadata.name }, namespace)
  const named = topByName(direct, pod.metadata.labels ?? {})
  const isTrue = owners.some(({ kind, name }) => kind === named.kind && name === named.name)
  return workloadKey(namespace, isTrue ? named : top)
}
