import { readAsk, type InstanceAsk } from './ask.ts'
import { chooseInstance } from './choose-instance.ts'
import {
  admitUnasked,
  admitWithout,
  denies,
  inject,
  leaveAlone,
  refuse,
  type Answer,
  type Decision,
} from './decision.ts'
import { defaultVariables } from './default-variables.ts'
import type { Edit } from './edit.ts'
import type { ExcuseQuestion } from './excuse.ts'
import { readFacts, type FactReader, type Facts } from './facts.ts'
import { underOverrides, type Governance } from './governance.ts'
import { skippedStatus } from './injected-status.ts'
import { instanceKey, type Instance } from './instance.ts'
import type { Inventory } from './inventory.ts'
import { NO_DEFAULTS, planInjection, type InjectionPlan } from './plan-injection.ts'
import { annotationOf, asksForShared, isMirror, type PlacedContainer, type Pod } from './pod.ts'
import type { Point, PolicySet } from './policy.ts'
import { quote } from './quote.ts'
import { BUILT_IN, finding, type Finding, type RuleId } from './rules.ts'
import { nothingToInject, unknownAnnotations, unknownContainers } from './rules/annotations.ts'
import { overCapacity } from './rules/capacity.ts'
import { crossNamespaceFindings, strayTokenSecret, unreachableToken } from './rules/cross-namespace.ts'
import { endpointNotAllowed, withinItsNamespace } from './rules/endpoints.ts'
import { envConflicts } from './rules/env.ts'
import { incompleteInjection, lateSidecar } from './rules/final-state.ts'
import { notBound } from './rules/identity.ts'
import { noInstance, notReady, strategyForbidden, strategyNotAllowed } from './rules/instance.ts'
import { forgedLabels } from './rules/labels.ts'
import { localityFindings } from './rules/locality.ts'
import { appChannelMismatch, unresolvableDns } from './rules/network.ts'
import { invalidPolicies } from './rules/policy-invalid.ts'
import { observationsBesideParts, securityFindings } from './rules/security.ts'
import { sidecarConflict, type SidecarJudgement } from './rules/sidecar.ts'
import { kindNotAllowed } from './rules/workload-kind.ts'
import { selectContainers } from './select-containers.ts'
import { selectPolicies, winningDefaults, type WinningDefaults } from './select-policies.ts'
import { settle, settleForPods } from './settle.ts'
import type { Settings } from './settings.ts'
import { ANNOTATION, DAPR_ANNOTATION } from './vocabulary.ts'

/** One pod at its creation. */
export interface Question {
  /** `mutate` may still change the pod; `validate` judges what all webhooks left of it */
  readonly stage: 'mutate' | 'validate'
  readonly point: Point
  readonly pod: Pod
  /** the request's namespace: at admission a pod may not have its own yet */
  readonly namespace: string
  readonly inventory: Inventory
  readonly policies: PolicySet
  readonly facts: Facts
  readonly settings: Settings
  /** milliseconds since the epoch: exceptions end */
  readonly now: number
}

/** The one decision: webhook, command line and every scan ask it. */
export function decide(question: Question): Answer {
  const { pod, namespace } = question
  const outside = notServed(question)
  if (outside !== undefined) return outside

  const ask = readAsk(pod, namespace)
  if (ask.kind === 'none') {
    return admitUnasked([...forgedLabels(question, undefined), ...unknownAnnotations(pod)])
  }
  const facts = readFacts(question.facts)
  const policies = selectPolicies(question.policies.policies, {
    pod,
    namespace,
    facts,
    point: question.point,
  })
  const governance = { policies, point: question.point, names: namesOf(question) }
  const judged: Judged = { question, facts, governance, sidecar: sidecarConflict(pod, governance) }
  const decision =
    ask.kind === 'invalid'
      ? endWithout(judged, 'annotation.invalid', [
          ...ask.complaints.map((complaint) => finding('annotation.invalid', complaint)),
          ...judged.sidecar.findings,
          ...invalidPolicies(governance),
        ])
      : decideAsk(judged, ask)
  if (facts.missing.length > 0) return { needs: facts.missing }
  return facts.unknown.length === 0 ? decision : { ...decision, unknown: facts.unknown }
}

/** A question, and what governs its answer. */
interface Judged {
  readonly question: Question
  readonly facts: FactReader
  readonly governance: Governance
  readonly sidecar: SidecarJudgement
}

function decideAsk(judged: Judged, ask: InstanceAsk): Decision {
  const { question, governance, facts, sidecar } = judged
  const { pod, namespace, inventory, settings, stage } = question
  const winner = winningDefaults(governance.policies)
  const selection = selectContainers(pod, ask.containers, {
    names: settings.skippedContainers,
    more: winner?.defaults.skipContainers ?? [],
    plainInit: winner?.defaults.initContainers === 'Disabled',
  })
  if (selection.selected.length === 0) {
    return endWithout(judged, 'annotation.invalid', [
      nothingToInject(ask, winner),
      ...sidecar.findings,
      ...invalidPolicies(governance),
    ])
  }
  const always = [
    ...unknownAnnotations(pod),
    ...unknownContainers(selection.unknown),
    ...sidecar.findings,
    ...invalidPolicies(governance),
    ...kindNotAllowed(governance, facts),
  ]
  // a pod that keeps its sidecar uses no instance, so nothing is asked of one
  if (sidecar.resolution === 'leave-alone' && !stops(judged, sidecar.findings)) {
    return endWithout(judged, 'sidecar.conflict', always, stage === 'validate' ? ask : undefined)
  }
  const grants = question.policies.grants.get(ask.namespace) ?? []
  const foreign = crossNamespaceFindings(pod, namespace, ask, governance, grants)
  if (closesTheDoor(judged, foreign)) {
    return endWithout(judged, 'namespace.not-granted', [...always, ...foreign])
  }
  always.push(...foreign, ...notBound(pod, namespace, ask, governance, facts))

  const found = chooseInstance(ask, inventory)
  const choice = found.kind === 'found' ? withinItsNamespace(found, inventory) : found
  if (choice.kind !== 'found') {
    const missing = noInstance(ask, choice, namespace)
    // labels that our own injection gave are not forged because something else went wrong since
    return endWithout(judged, missing.rule, [...always, missing], stage === 'validate' ? ask : undefined)
  }
  return decideInstance(
    judged,
    ask,
    { instance: choice.instance, selected: selection.selected, winner },
    always,
  )
}

/** Without a grant nothing more is said, at no point: words and time would tell whether the instance exists. */
function closesTheDoor(judged: Judged, foreign: readonly Finding[]): boolean {
  return foreign.some(({ policy }) => policy === BUILT_IN) || stops(judged, foreign)
}

function stops({ question, governance, facts }: Judged, findings: readonly Finding[]): boolean {
  return (
    findings.length > 0 &&
    denies(settleForPods(findings, governance, excuseQuestion(question, governance, facts)))
  )
}

interface Chosen {
  readonly instance: Instance
  readonly selected: readonly PlacedContainer[]
  readonly winner: WinningDefaults | undefined
}

function decideInstance(
  judged: Judged,
  ask: InstanceAsk,
  { instance, selected, winner }: Chosen,
  always: readonly Finding[],
): Decision {
  const { question, governance, facts, sidecar } = judged
  const { pod, namespace, inventory, stage } = question
  const plan = planInjection(pod, ask, instance, namespace, selected, planDefaults(winner, instance))
  const findings = [
    ...always,
    ...strategyNotAllowed(ask, instance),
    ...strategyForbidden(instance, governance),
    ...notReady(instance, governance, facts),
    ...overCapacity(instance, governance, facts),
    ...envConflicts(plan, governance, winner),
    ...unreachableToken(ask, plan),
    ...unresolvableDns(pod, instance),
    ...localityFindings(pod, instance, governance),
    ...appChannelMismatch(pod, namespace, instance, inventory),
    ...securityFindings(instance, governance, facts),
    ...endpointNotAllowed(instance, governance),
    ...(governance.policies.length === 0
      ? instance.observations
      : observationsBesideParts(instance, governance)),
  ]
  const given = stage === 'validate' ? ask : undefined
  if (sidecar.resolution === 'leave-alone') return endWithout(judged, 'sidecar.conflict', findings, given)

  const edits: readonly Edit[] =
    sidecar.resolution === 'disable-sidecar' ? [...plan.edits, DISABLE_SIDECAR] : plan.edits
  const excusing = excuseQuestion(question, governance, facts)
  const settled = [...settle(findings, governance, excusing)]
  const refused = denies(settled)
  settled.push(...forged(judged, refused ? given : ask))
  if (stage === 'validate' && !refused) {
    settled.push(...settle(incompleteInjection(pod, edits), governance, excusing))
  }
  if (denies(settled)) return refuse(settled)
  return inject(instance, edits, settled, strayTokenSecret(ask, namespace))
}

const DISABLE_SIDECAR: Edit = { kind: 'annotate', key: DAPR_ANNOTATION.enabled, value: 'false' }

function planDefaults(winner: WinningDefaults | undefined, instance: Instance): typeof NO_DEFAULTS {
  if (winner === undefined) return NO_DEFAULTS
  return {
    existing: winner.defaults.onExistingEnv === 'Override' ? 'Override' : 'Keep',
    variables: defaultVariables(winner.defaults, instance),
  }
}

/** The end for a pod that cannot be injected: refused, or admitted as it is where policy makes less of the rule. */
function endWithout(
  { question, governance, facts }: Judged,
  rule: RuleId,
  findings: readonly Finding[],
  earning?: InstanceAsk,
): Decision {
  const { pod, stage } = question
  const excusing = excuseQuestion(question, governance, facts)
  const settled = [...settle(findings, governance, excusing), ...forged({ question, governance }, earning)]
  const status = skippedStatus(rule)
  const came = annotationOf(pod, ANNOTATION.status)
  const edits: InjectionPlan['edits'] =
    came === status ? [] : [{ kind: 'annotate', key: ANNOTATION.status, value: status }]
  if (stage === 'validate' && !denies(settled)) {
    const late = rule === 'sidecar.conflict' ? lateSidecar(pod) : []
    const missed = came === undefined ? incompleteInjection(pod, edits) : late
    settled.push(...settle(missed, governance, excusing))
  }
  return denies(settled) ? refuse(settled) : admitWithout(settled, edits)
}

/** Forged labels are refused at every point and under every policy; an override may only choose the words. */
function forged(
  { question, governance }: Pick<Judged, 'question' | 'governance'>,
  earning: InstanceAsk | undefined,
): Finding[] {
  return forgedLabels(question, earning).map((one) => underOverrides(one, governance))
}

function excuseQuestion(
  { pod, namespace, policies, now }: Question,
  governance: Governance,
  facts: FactReader,
): ExcuseQuestion {
  const exceptions = policies.exceptions.get(namespace) ?? []
  return { pod, namespace, policies: governance.policies, exceptions, facts, now }
}

/** What messages of policies may name; no more than the pod's author wrote himself. */
function namesOf({ pod, namespace }: Question): Governance['names'] {
  const appId = annotationOf(pod, ANNOTATION.shared) ?? ''
  const instanceNamespace = annotationOf(pod, ANNOTATION.namespace) ?? namespace
  return {
    appId,
    namespace,
    pod: pod.metadata.name ?? pod.metadata.generateName ?? '',
    instance: instanceKey({ namespace: instanceNamespace, appId }),
  }
}

/** Pods that are never ours to judge: static pods, and those of namespaces that must come up without us. */
function notServed({ pod, namespace, settings }: Question): Decision | undefined {
  const asks = asksForShared(pod)
  if (settings.excludedNamespaces.has(namespace)) {
    return leaveAlone({
      notes: asks ? [`namespace ${quote(namespace)} is not served: dapr.io/shared has no effect there.`] : [],
    })
  }
  if (isMirror(pod)) {
    return leaveAlone({
      matched: asks,
      notes: asks ? ['a static pod cannot be changed: dapr.io/shared has no effect on it.'] : [],
    })
  }
  return undefined
}
