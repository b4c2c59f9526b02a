import { admitUnasked, leaveAlone, type Answer } from './decision.ts'
import { readFacts, type FactReader } from './facts.ts'
import { underOverrides, type Governance } from './governance.ts'
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
  const forged = relabelled(pod, oldPod)
  if (changed.length + forged.length === 0) return { ...leaveAlone(), matched }

  const facts = readFacts(question.facts)
  const governance = governanceOf(question, facts)
  const settled = settle(changed, governance, {
    pod: oldPod,
    namespace,
    policies: governance.policies,
    exceptions: question.policies.exceptions.get(namespace) ?? [],
    facts,
    now: question.now,
  })
  if (facts.missing.length > 0) return { needs: facts.missing }
  const findings = [...settled, ...forged.map((one) => underOverrides(one, governance))]
  return { ...admitUnasked(findings), matched, unknown: facts.unknown }
}

function governanceOf({ oldPod, namespace, policies, point }: UpdateQuestion, facts: FactReader): Governance {
  const appId = annotationOf(oldPod, ANNOTATION.shared) ?? ''
  const instanceNamespace = annotationOf(oldPod, ANNOTATION.namespace) ?? namespace
  return {
    policies: selectPolicies(policies.policies, { pod: oldPod, namespace, facts, point }),
    point,
    names: {
      appId,
      namespace,
      pod: oldPod.metadata.name ?? '',
      instance: instanceKey({ namespace: instanceNamespace, appId }),
    },
  }
}
