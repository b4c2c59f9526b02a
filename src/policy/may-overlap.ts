import { namesMeet } from './name-patterns.ts'
import type { PolicySpec } from './schema/policy.ts'

type Match = NonNullable<PolicySpec['match']>
type Selector = NonNullable<Match['namespaceSelector']>

/**
 * Whether there may be a pod that both policies govern. Told by what stands in them, not by the pods that there are: it
 * is no only where names, kinds, accounts or required labels exclude each other.
 */
export function mayOverlap(a: Match = {}, b: Match = {}): boolean {
  return (
    meet(a.workloadKinds, b.workloadKinds) &&
    meet(a.serviceAccounts, b.serviceAccounts) &&
    meet(a.appIds, b.appIds, namesMeet) &&
    labelsMeet(a.namespaceSelector, b.namespaceSelector) &&
    labelsMeet(a.objectSelector, b.objectSelector)
  )
}

/** An absent list takes everything. */
function meet(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
  alike: (one: string, other: string) => boolean = (one, other) => one === other,
): boolean {
  return a === undefined || b === undefined || a.some((one) => b.some((other) => alike(one, other)))
}

function labelsMeet(a: Selector | undefined, b: Selector | undefined): boolean {
  if (a === undefined || b === undefined) return true
  const [first, second] = [requiredOnce(a), requiredOnce(b)]
  for (const [key, values] of first) if (!meet(values, second.get(key))) return false
  return true
}

const requiredBySelector = new WeakMap<Selector, ReadonlyMap<string, string[]>>()

/** Each policy is compared with every other one: a selector is read once. */
function requiredOnce(selector: Selector): ReadonlyMap<string, string[]> {
  const known = requiredBySelector.get(selector) ?? requiredValues(selector)
  requiredBySelector.set(selector, known)
  return known
}

/** By label, the values one of which is required. */
function requiredValues({ matchLabels = {}, matchExpressions = [] }: Selector = {}): Map<string, string[]> {
  const required = new Map(Object.entries(matchLabels).map(([key, value]) => [key, [value ?? '']]))
  for (const { key, operator, values = [] } of matchExpressions) {
    if (operator !== 'In') continue
    const before = required.get(key)
    required.set(key, before === undefined ? [...values] : before.filter((value) => values.includes(value)))
  }
  return required
}
