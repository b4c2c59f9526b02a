import { readAsk, type InstanceAsk } from './ask.ts'
import { chooseInstance } from './choose-instance.ts'
import { admitUnasked, denies, inject, leaveAlone, refuse, type Decision } from './decision.ts'
import type { Inventory } from './inventory.ts'
import { planInjection } from './plan-injection.ts'
import { asksForShared, isMirror, type PlacedContainer, type Pod } from './pod.ts'
import { quote } from './quote.ts'
import { finding, type Finding } from './rules.ts'
import { nothingToInject, unknownAnnotations, unknownContainers } from './rules/annotations.ts'
import { notGranted, strayTokenSecret, unreachableToken } from './rules/cross-namespace.ts'
import { envConflicts } from './rules/env.ts'
import { incompleteInjection } from './rules/final-state.ts'
import { noInstance, notReady, strategyNotAllowed } from './rules/instance.ts'
import { forgedLabels } from './rules/labels.ts'
import { appChannelMismatch, unresolvableDns } from './rules/network.ts'
import { sidecarConflict } from './rules/sidecar.ts'
import { selectContainers } from './select-containers.ts'
import type { Settings } from './settings.ts'

/** One pod at its creation. */
export interface Question {
  /** `mutate` may still change the pod; `validate` judges what all webhooks left of it */
  readonly stage: 'mutate' | 'validate'
  readonly pod: Pod
  /** the request's namespace: at admission a pod may not have its own yet */
  readonly namespace: string
  readonly inventory: Inventory
  readonly settings: Settings
}

/** The one decision: webhook, command line and every scan ask it. */
export function decide(question: Question): Decision {
  const { pod, namespace, settings } = question
  const outside = notServed(question)
  if (outside !== undefined) return outside

  const ask = readAsk(pod, namespace)
  if (ask.kind === 'none') {
    return admitUnasked([...forgedLabels(question, undefined), ...unknownAnnotations(pod)])
  }
  if (ask.kind === 'invalid') {
    return refuseInvalid(
      question,
      ask.complaints.map((complaint) => finding('annotation.invalid', complaint)),
    )
  }
  const selection = selectContainers(pod, ask.containers, settings.skippedContainers)
  if (selection.selected.length === 0) return refuseInvalid(question, [nothingToInject(ask)])

  const always = [
    ...unknownAnnotations(pod),
    ...unknownContainers(selection.unknown),
    ...sidecarConflict(pod),
  ]
  if (ask.namespace !== namespace && settings.crossNamespace !== 'Allow') {
    return refuse([...always, notGranted(ask), ...forgedLabels(question, undefined)])
  }
  return decideAsk(question, ask, selection.selected, always)
}

/** An annotation that cannot be read ends the evaluation; what the pod does wrong besides is still told. */
function refuseInvalid(question: Question, invalid: readonly Finding[]): Decision {
  return refuse([...invalid, ...sidecarConflict(question.pod), ...forgedLabels(question, undefined)])
}

function decideAsk(
  question: Question,
  ask: InstanceAsk,
  selected: readonly PlacedContainer[],
  always: readonly Finding[],
): Decision {
  const { pod, namespace, inventory, stage } = question
  // labels that our own injection gave are not forged because something else went wrong since
  const given = stage === 'validate' ? ask : undefined
  const choice = chooseInstance(ask, inventory)
  if (choice.kind !== 'found') {
    return refuse([...always, noInstance(ask, choice, namespace), ...forgedLabels(question, given)])
  }

  const { instance } = choice
  const plan = planInjection(pod, ask, instance, namespace, selected)
  const findings = [
    ...always,
    ...strategyNotAllowed(ask, instance),
    ...notReady(instance),
    ...envConflicts(plan),
    ...unreachableToken(ask, plan),
    ...unresolvableDns(pod, instance),
    ...appChannelMismatch(pod, namespace, instance, inventory),
    ...instance.observations,
  ]
  const refused = denies(findings)
  findings.push(...forgedLabels(question, refused ? given : ask))
  if (stage === 'validate' && !refused) findings.push(...incompleteInjection(pod, plan))
  if (denies(findings)) return refuse(findings)
  return inject(instance, plan.edits, findings, strayTokenSecret(ask, namespace))
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
