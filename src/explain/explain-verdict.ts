import { annotationOf } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { verdictOf, type Reviewed } from '../review/review-manifest.ts'
import type { Trace } from './trace.ts'

/** Why the verdict is what it is, in one sentence. */
export function explainVerdict(reviewed: Reviewed, trace: Trace | undefined): string {
  const { instance } = reviewed
  switch (verdictOf(reviewed)) {
    case 'refused':
      return `by ${denyingRules(reviewed)}.`
    case 'does not ask':
      return unasked(reviewed, trace)
    case 'injected':
      return `it gets the instance ${quote(instance)}.`
    case 'admitted unchanged':
      return instance === '' ? unchanged(trace) : `it has all of the instance ${quote(instance)} already.`
    case 'admitted without injection':
      return `${skippedRule(reviewed) ?? 'a rule'} stands against injection, and does not refuse the pod.`
  }
}

/** `instance.missing (built-in)`, each rule once. */
function denyingRules({ item }: Reviewed): string {
  const told = item.findings.filter(({ action }) => action === 'Deny')
  return [...new Set(told.map(({ rule, policy }) => `${rule} (${policy})`))].join(', ')
}

function unasked({ item }: Reviewed, trace: Trace | undefined): string {
  if (trace === undefined) return 'it is no request that is judged.'
  const asks = annotationOf(trace.asked.pod, ANNOTATION.shared) !== undefined
  if (asks) return `the namespace ${quote(item.object.namespace)} is not served.`
  return `its pod has no annotation ${ANNOTATION.shared}.`
}

function unchanged(trace: Trace | undefined): string {
  if (trace === undefined)
    return 'it is no request that is judged: no creation of a pod or workload, and no update of a pod.'
  if (trace.asked.isUpdate) return 'the update leaves everything of ours as it is.'
  if (trace.end === 'outside') return 'it is a static pod, which no admission can change.'
  return trace.asked.point === 'Workload'
    ? 'nothing of a workload is changed: its pods are, when they are created.'
    : 'it carries its answer already.'
}

/** The rule that the status of the admitted pod names. */
function skippedRule({ after }: Reviewed): string | undefined {
  const status = after && annotationOf(after, ANNOTATION.status)
  return /"skipped":"([a-z.-]+)"/.exec(status ?? '')?.[1]
}
