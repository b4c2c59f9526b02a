import { nameCovers } from '../policy/name-patterns.ts'
import type { MatchSpec, SelectorSpec } from './view.ts'

/**
 * Whether every pod that `narrow` takes is one that `wide` takes too, as far as can be told by what stands in them. A no may
 * be a yes that cannot be seen.
 */
export function matchCovers(wide: MatchSpec = {}, narrow: MatchSpec = {}): boolean {
  return (
    selectorCovers(wide.namespaceSelector, narrow.namespaceSelector) &&
    selectorCovers(wide.objectSelector, narrow.objectSelector) &&
    (wide.excludeNamespaces ?? []).every((name) => narrow.excludeNamespaces?.includes(name)) &&
    listCovers(wide.workloadKinds, narrow.workloadKinds) &&
    listCovers(wide.serviceAccounts, narrow.serviceAccounts) &&
    listCovers(wide.appIds, narrow.appIds, nameCovers)
  )
}

/** An absent list takes everything. */
function listCovers(
  wide: readonly string[] | undefined,
  narrow: readonly string[] | undefined,
  covers: (wide: string, narrow: string) => boolean = (a, b) => a === b,
): boolean {
  return wide === undefined || (narrow?.every((one) => wide.some((other) => covers(other, one))) ?? false)
}

/** Each requirement is one more: whoever has all of another's, and more, takes less. */
function selectorCovers(wide: SelectorSpec = {}, narrow: SelectorSpec = {}): boolean {
  const given = new Set(requirements(narrow))
  return requirements(wide).every((one) => given.has(one))
}

function requirements({ matchLabels = {}, matchExpressions = [] }: SelectorSpec): string[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key} In ${value ?? ''}`),
    ...matchExpressions.map(
      ({ key, operator, values = [] }) => `${key} ${operator} ${values.toSorted().join(',')}`,
    ),
  ]
}
