import { isObject } from '../core/pod.ts'
import type { LabelMatcher } from '../core/policy.ts'
import { listOf, objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { compileSelector } from '../policy/compile-matchers.ts'

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

const NOTHING: LabelMatcher = () => false

/** What is found is kept for a while, thousands of times: no controller makes selectors like these. */
const MOST_REQUIREMENTS = 32
const MOST_VALUES = 64

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
  const requirements = Object.keys(labels).length + expressions.length
  if (requirements === 0 || requirements > MOST_REQUIREMENTS) return NOTHING
  if (expressions.some(({ values }) => values.length > MOST_VALUES)) return NOTHING
  const understood = expressions.flatMap(({ operator, ...rest }) => (operator ? { ...rest, operator } : []))
  // what a newer Kubernetes may know narrows the selection, and is not passed over
  if (understood.length < expressions.length) return NOTHING
  return compileSelector({ matchLabels: labels, matchExpressions: understood })
}
