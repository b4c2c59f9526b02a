import { admitUnasked, leaveAlone, type Answer } from './decision.ts'
import { underOverrides } from './governance.ts'
import { govern, settled } from './judged.ts'
import { asksForShared, isMirror, type Pod } from './pod.ts'
import type { Question } from './decide.ts'
import { changedAnnotations } from './rules/annotations.ts'
import { relabelled } from './rules/labels.ts'

/** A change of a pod that exists. Its containers' variables are immutable, so what we wrote about them must be too. */
export interface UpdateQuestion extends Pick<
  Question,
  'pod' | 'namespace' | 'point' | 'policies' | 'facts' | 'settings' | 'now'
> {
  readonly oldPod: Pod
}

/**
 * Decides an UPDATE of a pod, of its metadata through `pods/status` too. It never changes the pod. The policies that
 * govern it are those of the pod as it was: a change does not choose its judges.
 */
export function decideUpdate(question: UpdateQuestion): Answer {
  const { pod, oldPod, namespace, settings } = question
  if (settings.excludedNamespaces.has(namespace) || isMirror(oldPod)) return leaveAlone()
  const matched = asksForShared(pod) || asksForShared(oldPod)
  const changed = changedAnnotations(pod, oldPod)
  const forged = relabelled(pod, oldPod)
  if (changed.length + forged.length === 0) return { ...leaveAlone(), matched }

  const governed = govern({ ...question, pod: oldPod })
  const { facts, governance } = governed
  const findings = [...settled(governed, changed), ...forged.map((one) => underOverrides(one, governance))]
  if (facts.missing.length > 0) return { needs: facts.missing }
  return { ...admitUnasked(findings), matched, unknown: facts.unknown }
}
