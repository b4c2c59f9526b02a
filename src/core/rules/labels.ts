import type { InstanceAsk } from '../ask.ts'
import { earnedLabels } from '../plan-injection.ts'
import { annotationOf, labelOf, type Pod } from '../pod.ts'
import { quote } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'
import { ANNOTATION, EARNED_LABELS } from '../vocabulary.ts'

/**
 * `label.forged`: a pod brings one of our labels with a value that this decision does not give it. A copied or
 * restored pod, known by its status, has them set right instead, as long as that can still be done.
 *
 * @param earning the ask that this decision grants; none where it grants nothing
 */
export function forgedLabels(
  { pod, stage }: { readonly pod: Pod; readonly stage: 'mutate' | 'validate' },
  earning: InstanceAsk | undefined,
): Finding[] {
  const setRight =
    stage === 'mutate' && earning !== undefined && annotationOf(pod, ANNOTATION.status) !== undefined
  if (setRight) return []
  const earned = new Map(earning === undefined ? [] : earnedLabels(earning))
  return EARNED_LABELS.flatMap((key) => {
    const value = labelOf(pod, key)
    return value === undefined || value === earned.get(key) ? [] : [forged(key, value)]
  })
}

/** `label.forged`: an UPDATE sets or changes one of our labels, of a pod that is being deleted too: it may still run. */
export function relabelled(pod: Pod, oldPod: Pod): Finding[] {
  return EARNED_LABELS.flatMap((key) => {
    const value = labelOf(pod, key)
    return value === undefined || value === labelOf(oldPod, key) ? [] : [forged(key, value)]
  })
}

/** `label.forged`: labels that arrive past the pod itself, with a `pods/binding`. */
export function forgedByBinding(labels: Readonly<Record<string, unknown>>): Finding[] {
  return EARNED_LABELS.flatMap((key) => {
    const value = labels[key]
    return value === undefined ? [] : [forged(key, typeof value === 'string' ? value : '')]
  })
}

/** `label.forged`: a workload whose selector or template names one of our labels. */
export function forgedByWorkload(keys: Iterable<string>, field: string): Finding[] {
  const named = new Set(keys)
  return EARNED_LABELS.filter((key) => named.has(key)).map((key) =>
    finding('label.forged', {
      message: `the workload names the label ${key}, which is set at a pod's admission only.`,
      cure: `Remove it from ${field}.`,
      field: `${field}["${key}"]`,
    }),
  )
}

function forged(key: string, value: string): Finding {
  return finding('label.forged', {
    message: `the label ${key}: ${quote(value)} is set by Dapr Shared only, for the instance that it injects.`,
    cure: 'Remove the label.',
    field: `metadata.labels["${key}"]`,
  })
}
