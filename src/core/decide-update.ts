import { admitUnasked, leaveAlone, type Decision } from './decision.ts'
import { asksForShared, isMirror, type Pod } from './pod.ts'
import { changedAnnotations } from './rules/annotations.ts'
import { relabelled } from './rules/labels.ts'

/** A change of a pod that exists. Its containers' variables are immutable, so what we wrote about them must be too. */
export interface UpdateQuestion {
  readonly pod: Pod
  readonly oldPod: Pod
  readonly namespace: string
  readonly excludedNamespaces: ReadonlySet<string>
}

/** Decides an UPDATE of a pod, of its metadata through `pods/status` too. It never changes the pod. */
export function decideUpdate({ pod, oldPod, namespace, excludedNamespaces }: UpdateQuestion): Decision {
  if (excludedNamespaces.has(namespace) || isMirror(oldPod)) return leaveAlone()
  const decision = admitUnasked([...changedAnnotations(pod, oldPod), ...relabelled(pod, oldPod)])
  return { ...decision, matched: asksForShared(pod) || asksForShared(oldPod) }
}
