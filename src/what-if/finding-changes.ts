import type { ReviewFinding } from '../review/result.ts'

/** What of an object's findings is another under the proposal. */
export interface FindingChanges {
  readonly added: readonly ReviewFinding[]
  readonly removed: readonly ReviewFinding[]
  /** said on both sides: with another weight, by another policy, in other words, or excused */
  readonly changed: readonly ChangedFinding[]
}

export interface ChangedFinding {
  readonly from: ReviewFinding
  readonly to: ReviewFinding
}

export const NO_CHANGES: FindingChanges = { added: [], removed: [], changed: [] }

/** Finds what two sides say differently; what they say alike is left out. */
export function findingChanges(
  today: readonly ReviewFinding[],
  proposed: readonly ReviewFinding[],
): FindingChanges {
  const removed = without(today, proposed)
  const added: ReviewFinding[] = []
  const changed: ChangedFinding[] = []
  for (const to of without(proposed, today)) {
    const [from] = removed.splice(indexOfSame(removed, to), 1)
    if (from === undefined) added.push(to)
    else changed.push({ from, to })
  }
  return removed.length + added.length + changed.length === 0 ? NO_CHANGES : { added, removed, changed }
}

function without(findings: readonly ReviewFinding[], others: readonly ReviewFinding[]): ReviewFinding[] {
  const there = new Set(others.map(wholeKey))
  return findings.filter((one) => !there.has(wholeKey(one)))
}

function wholeKey(finding: ReviewFinding): string {
  const { source: _, ...said } = finding
  return JSON.stringify(said)
}

/** The finding about the same thing, of the same policy if there is one; past the end where there is none. */
function indexOfSame(findings: readonly ReviewFinding[], { rule, field, policy }: ReviewFinding): number {
  const isSame = (one: ReviewFinding): boolean => one.rule === rule && one.field === field
  const ofPolicy = findings.findIndex((one) => isSame(one) && one.policy === policy)
  const index = ofPolicy >= 0 ? ofPolicy : findings.findIndex(isSame)
  return index >= 0 ? index : findings.length
}
