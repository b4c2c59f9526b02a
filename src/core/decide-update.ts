import { admitUnasked, leaveAlone, type Answer } from './decision.ts'
import { readFacts } from './facts.ts'
import { instanceKey } from './instance.ts'
import { annotationOf, asksForShared, isMirror, type Pod } from './pod.ts'
import type { Question } from './decide.ts'
import { changedAnnotations } from './rules/annotations.ts'
import { relabelled } from './rules/labels.ts'
import { selectPolicies } from './select-policies.ts'
import { settle } from './settle.ts'
import { ANNOTATION } from './vocabulary.ts'

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
  const facts = readFacts(question.facts)
  const settled = changed.length === 0 ? changed : settleAs(oldPod, question, changed, facts)
  if (facts.missing.length > 0) return { needs: facts.missing }
  return { ...admitUnasked([...settled, ...relabelled(pod, oldPod)]), matched, unknown: facts.unknown }
}

function settleAs(
  oldPod: Pod,
  { namespace, policies, point, now }: UpdateQuestion,
  changed: ReturnType<typeof changedAnnotations>,
  facts: ReturnType<typeof readFacts>,
): ReturnType<typeof settle> {
  const governing = selectPolicies(policies.policies, { pod: oldPod, namespace, facts })
  const appId = annotationOf(oldPod, ANNOTATION.shared) ?? ''
  const names = {
    appId,
    namespace,
    pod: oldPod.metadata.name ?? '',
    instance: instanceKey({
      namespace: annotationOf(oldPod, ANNOTATION.namespace) ?? namespace,
      appId,
    }),
  }
  return settle(
    changed,
    { policies: governing, point, names },
    {
      pod: oldPod,
      namespace,
      policies: governing,
      exceptions: policies.exceptions.get(namespace) ?? [],
      facts,
      now,
    },
  )
}
