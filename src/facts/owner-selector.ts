import { isObject } from '../core/pod.ts'
import type { LabelMatcher } from '../core/policy.ts'
import { listOf, objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { compileSelector } from '../policy/compile-matchers.ts'

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

const NOTHING: LabelMatcher = () => false

/**
 * By which labels a workload knows its pods. One that selects nothing in particular owns nothing: the API server refuses
 * such a selector for every kind of its own, so only a made-up kind has it.
 *
 * @param spec of the workload; the selector of a ReplicationController is a plain map
 */
export function ownerSelector(kind: string, spec: unknown): LabelMatcher {
  const selector = isObject(spec) ? spec['selector'] : undefined
  if (!isObject(selector)) return NOTHING
  const { matchLabels, matchExpressions } =
    kind === 'ReplicationController' ? { matchLabels: selector, matchExpressions: [] } : selector
  const expressions = objectsOf(matchExpressions).map(({ key, operator, values }) => ({
    key: textOf(key) ?? '',
    operator: OPERATORS.find((one) => one === operator),
    values: listOf(values).flatMap((value) => textOf(value) ?? []),
  }))
  const labels = stringsOf(matchLabels)
  if (Object.keys(labels).length + expressions.length === 0) return NOTHING
  const understood = expressions.flatMap(({ operator, ...rest }) => (operator ? { ...rest, operator } : []))
  // what a newer Kubernetes may know narrows the selection, and is not passed over
  if (understood.length < expressions.length) return NOTHING
  return compileSelector({ matchLabels: labels, matchExpressions: understood })
}
