import { CHANGES, type Comparison } from './compare.ts'
import type { JudgedBoth } from './judge-both.ts'
import type { Effect } from './proposal.ts'
import type { ToldComparison, Unchanged, WhatIf } from './result.ts'

/** Gathers comparisons one by one, and keeps of each only what is told of it. */
export interface Collection {
  take(judged: JudgedBoth): void
  finish(beside: { readonly effects: readonly Effect[]; readonly missing: readonly string[] }): WhatIf
}

export function makeCollection(): Collection {
  const changes: ToldComparison[] = []
  const unchanged: Unchanged[] = []
  const governed = new Map<string, number>()
  let notAsked = 0
  return {
    take({ comparison, governing }) {
      for (const name of governing) governed.set(name, (governed.get(name) ?? 0) + 1)
      if (comparison.change === 'notAsked') notAsked += 1
      else if (isTold(comparison)) changes.push(comparison)
      else unchanged.push(briefly(comparison))
    },
    finish({ effects, missing }) {
      return { effects, governed, changes: changes.toSorted(byGravity), unchanged, notAsked, missing }
    },
  }
}

function isTold(comparison: Comparison): comparison is ToldComparison {
  const told: readonly string[] = CHANGES
  return told.includes(comparison.change)
}

function briefly({ source, object, proposed, unknown }: Comparison): Unchanged {
  return { source, object, allowed: proposed?.allowed ?? false, unknown }
}

/** By what happens, and then in the order in which they came. */
function byGravity(a: ToldComparison, b: ToldComparison): number {
  return CHANGES.indexOf(a.change) - CHANGES.indexOf(b.change)
}
