import type { InstanceAsk } from './ask.ts'
import type { Question } from './decide.ts'
import { denies } from './decision.ts'
import type { ExcuseQuestion } from './excuse.ts'
import { readFacts, type FactReader } from './facts.ts'
import { underOverrides, type Governance } from './governance.ts'
import { instanceKey } from './instance.ts'
import { annotationOf } from './pod.ts'
import type { Finding } from './rules.ts'
import { forgedLabels } from './rules/labels.ts'
import { sidecarConflict, type SidecarJudgement } from './rules/sidecar.ts'
import { selectPolicies } from './select-policies.ts'
import { settle, settleForPods } from './settle.ts'
import { ANNOTATION } from './vocabulary.ts'

/** What governs a pod: the policies that match it, and what may excuse it from them. */
export interface Governed {
  readonly facts: FactReader
  readonly governance: Governance
  readonly excusing: ExcuseQuestion
}

/** A question, and what governs its answer. */
export interface Judged extends Governed {
  readonly question: Question
  readonly sidecar: SidecarJudgement
}

type Governable = Pick<Question, 'pod' | 'namespace' | 'point' | 'policies' | 'facts' | 'now'>

/** Finds what governs a pod. */
export function govern(question: Governable): Governed {
  const { pod, namespace, point, now } = question
  const facts = readFacts(question.facts)
  const policies = selectPolicies(question.policies.policies, { pod, namespace, facts, point })
  const exceptions = question.policies.exceptions.get(namespace) ?? []
  return {
    facts,
    governance: { policies, point, names: namesOf(question) },
    excusing: { pod, namespace, policies, exceptions, facts, now },
  }
}

/** Finds what governs a pod that asks at its creation. */
export function judge(question: Question): Judged {
  const governed = govern(question)
  return { question, ...governed, sidecar: sidecarConflict(question.pod, governed.governance) }
}

/** What policies and exceptions make of findings about this pod. */
export function settled(
  { governance, excusing }: Governed,
  findings: readonly Finding[],
): readonly Finding[] {
  return settle(findings, governance, excusing)
}

/** Whether these findings refuse the pod, or the pods of a template. */
export function stops({ governance, excusing }: Governed, findings: readonly Finding[]): boolean {
  return findings.length > 0 && denies(settleForPods(findings, governance, excusing))
}

/** Forged labels are refused at every point and under every policy; an override may only choose the words. */
export function forged({ question, governance }: Judged, earning: InstanceAsk | undefined): Finding[] {
  return forgedLabels(question, earning).map((one) => underOverrides(one, governance))
}

/** What messages of policies may name; no more than the pod's author wrote himself. */
function namesOf({ pod, namespace }: Governable): Governance['names'] {
  const appId = annotationOf(pod, ANNOTATION.shared) ?? ''
  const instanceNamespace = annotationOf(pod, ANNOTATION.namespace) ?? namespace
  return {
    appId,
    namespace,
    pod: pod.metadata.name ?? pod.metadata.generateName ?? '',
    instance: instanceKey({ namespace: instanceNamespace, appId }),
  }
}
