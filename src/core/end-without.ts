import type { InstanceAsk } from './ask.ts'
import { admitWithout, denies, refuse, type Decision } from './decision.ts'
import type { Edit } from './edit.ts'
import { skippedStatus } from './injected-status.ts'
import { forged, settled, type Judged } from './judged.ts'
import { annotationOf } from './pod.ts'
import type { Finding, RuleId } from './rules.ts'
import { incompleteInjection, lateSidecar } from './rules/final-state.ts'
import { ANNOTATION } from './vocabulary.ts'

/**
 * The end for a pod that cannot be injected: refused, or admitted as it is where policy makes less of the rule.
 *
 * @param rule what stands against injection, which the status names
 * @param earning the ask whose labels the pod may have already
 */
export function endWithout(
  judged: Judged,
  rule: RuleId,
  findings: readonly Finding[],
  earning?: InstanceAsk,
): Decision {
  const { pod, stage } = judged.question
  const all = [...settled(judged, findings), ...forged(judged, earning)]
  const status = skippedStatus(rule)
  const came = annotationOf(pod, ANNOTATION.status)
  const edits: Edit[] = came === status ? [] : [{ kind: 'annotate', key: ANNOTATION.status, value: status }]
  if (stage === 'validate' && !denies(all)) {
    const late = rule === 'sidecar.conflict' ? lateSidecar(pod) : []
    all.push(...settled(judged, came === undefined ? incompleteInjection(pod, edits) : late))
  }
  return denies(all) ? refuse(all) : admitWithout(all, edits)
}
