import { readAsk, type InstanceAsk } from './ask.ts'
import { chooseInstance } from './choose-instance.ts'
import { admitUnasked, denies, inject, leaveAlone, refuse, type Answer, type Decision } from './decision.ts'
import { defaultVariables } from './default-variables.ts'
import type { Edit } from './edit.ts'
import { endWithout } from './end-without.ts'
import type { Facts } from './facts.ts'
import type { Instance } from './instance.ts'
import type { Inventory } from './inventory.ts'
import { forged, judge, settled, stops, type Judged } from './judged.ts'
import { NO_DEFAULTS, planInjection } from './plan-injection.ts'
import { asksForShared, isMirror, type PlacedContainer, type Pod } from './pod.ts'
import type { Point, PolicySet } from './policy.ts'
import { quote } from './quote.ts'
import { BUILT_IN, finding, type Finding } from './rules.ts'
import { missedAsk, nothingToInject, unknownAnnotations, unknownContainers } from './rules/annotations.ts'
import { overCapacity } from './rules/capacity.ts'
import { crossNamespaceFindings, strayTokenSecret, unreachableToken } from './rules/cross-namespace.ts'
import { endpointNotAllowed, withinItsNamespace } from './rules/endpoints.ts'
import { envConflicts } from './rules/env.ts'
import { incompleteInjection } from './rules/final-state.ts'
import { notBound } from './rules/identity.ts'
import { noInstance, notReady, strategyForbidden, strategyNotAllowed } from './rules/instance.ts'
import { forgedLabels } from './rules/labels.ts'
import { localityFindings } from './rules/locality.ts'
import { appChannelMismatch, unresolvableDns } from './rules/network.ts'
import { invalidPolicies } from './rules/policy-invalid.ts'
import { observationsBesideParts, securityFindings } from './rules/security.ts'
import { kindNotAllowed } from './rules/workload-kind.ts'
import { selectContainers } from './select-containers.ts'
import { winningDefaults, type WinningDefaults } from './select-policies.ts'
import type { Settings } from './settings.ts'
import { DAPR_ANNOTATION } from './vocabulary.ts'

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
    return admitUnasked([...forgedLabels(question, undefined), ...missedAsk(pod), ...unknownAnnotations(pod)])
  }
  const judged = judge(question)
  const { facts, governance, sidecar } = judged
  const decision =
    ask.kind === 'invalid'
      ? endWithout(judged, 'annotation.invalid', [
          ...ask.complaints.map((complaint) => finding('annotation.invalid', complaint)),
          ...sidecar.findings,
          ...invalidPolicies(governance),
        ])
      : decideAsk(judged, ask)
  if (facts.missing.length > 0) return { needs: facts.missing }
  return facts.unknown.length === 0 ? decision : { ...decision, unknown: facts.unknown }
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
export function closesTheDoor(judged: Judged, foreign: readonly Finding[]): boolean {
  return foreign.some(({ policy }) => policy === BUILT_IN) || stops(judged, foreign)
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
  const all = [...settled(judged, findings)]
  const refused = denies(all)
  all.push(...forged(judged, refused ? given : ask))
  if (stage === 'validate' && !refused) all.push(...settled(judged, incompleteInjection(pod, edits)))
  if (denies(all)) return refuse(all)
  return inject(instance, edits, all, strayTokenSecret(ask, namespace))
}

const DISABLE_SIDECAR: Edit = { kind: 'annotate', key: DAPR_ANNOTATION.enabled, value: 'false' }

function planDefaults(winner: WinningDefaults | undefined, instance: Instance): typeof NO_DEFAULTS {
  if (winner === undefined) return NO_DEFAULTS
  return {
    existing: winner.defaults.onExistingEnv === 'Override' ? 'Override' : 'Keep',
    variables: defaultVariables(winner.defaults, instance),
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
