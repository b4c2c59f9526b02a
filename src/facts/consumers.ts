import { objectOr } from '../core/cluster-facts.ts'
import type { Consumers } from '../core/facts.ts'
import { instanceKey } from '../core/instance.ts'
import { LABEL } from '../core/vocabulary.ts'
import { textOf } from '../discovery/loose.ts'
import { metadataOf } from './owner-reference.ts'
import { workloadKeyOf } from './workload-key.ts'

/** That a pod uses an instance. All pods of one workload that use one instance share the object: there may be 50,000. */
export interface Use {
  /** `<namespace>/<appId>` */
  readonly instance: string
  readonly workload: string
}

/** The consumers of every instance, brought up to date pod by pod: no request counts anything. */
export interface ConsumerIndex {
  /** what a pod uses, by the labels that only we set; none for one that is finished or ending */
  read(pod: unknown): Use | undefined
  /** takes over that a pod has used one thing, and now uses another */
  change(before: Use | undefined, after: Use | undefined): void
  /** the present state, which further changes change */
  of(namespace: string, appId: string): Consumers
}

const NOBODY: Consumers = { pods: 0, workloads: new Map() }

/** Beyond that many the table of shared objects begins anew: sharing spares memory, and changes no count. */
const MOST_SHARED = 100_000

export function makeConsumerIndex(): ConsumerIndex {
  const counts = new Map<string, { pods: number; readonly workloads: Map<string, number> }>()
  const shared = new Map<string, Use>()

  const share = (instance: string, workload: string): Use => {
    const key = `${instance} ${workload}`
    const known = shared.get(key)
    if (known !== undefined) return known
    if (shared.size >= MOST_SHARED) shared.clear()
    const use = { instance, workload }
    shared.set(key, use)
    return use
  }

  const add = ({ instance, workload }: Use): void => {
    const count = counts.get(instance) ?? { pods: 0, workloads: new Map<string, number>() }
    counts.set(instance, count)
    count.pods += 1
    count.workloads.set(workload, (count.workloads.get(workload) ?? 0) + 1)
  }

  const remove = ({ instance, workload }: Use): void => {
    const count = counts.get(instance)
    const pods = count?.workloads.get(workload)
    if (count === undefined || pods === undefined) return
    count.pods -= 1
    if (pods > 1) {
      count.workloads.set(workload, pods - 1)
      return
    }
    count.workloads.delete(workload)
    shared.delete(`${instance} ${workload}`)
    if (count.pods === 0) counts.delete(instance)
  }

  return {
    read(pod) {
      const metadata = metadataOf(pod)
      if (metadata['deletionTimestamp'] != null || isFinished(pod)) return undefined
      const labels = objectOr(metadata['labels'])
      const appId = textOf(labels[LABEL.appId])
      const appNamespace = textOf(labels[LABEL.appNamespace])
      if (appId === undefined || appNamespace === undefined) return undefined
      const namespace = textOf(metadata['namespace']) ?? ''
      return share(instanceKey({ namespace: appNamespace, appId }), workloadKeyOf(metadata, namespace))
    },
    change(before, after) {
      if (before !== undefined) remove(before)
      if (after !== undefined) add(after)
    },
    of: (namespace, appId) => counts.get(instanceKey({ namespace, appId })) ?? NOBODY,
  }
}

function isFinished(pod: unknown): boolean {
  const phase = objectOr(objectOr(pod)['status'])['phase']
  return phase === 'Succeeded' || phase === 'Failed'
}
