import { CHANGES, type Comparison } from './compare.ts'
import type { Effect } from './proposal.ts'
import type { ToldComparison, Unchanged, WhatIf } from './result.ts'

/** Gathers comparisons one by one, and keeps of each only what is told of it. */
export interface Collection {
  take(comparison: Comparison): void
  /** how many were taken */
  readonly size: number
  finish(beside: { readonly effects: readonly Effect[]; readonly missing: readonly string[] }): WhatIf
}

export function makeCollection(): Collection {
  const changes: ToldComparison[] = []
  const unchanged: Unchanged[] = []
  let notAsked = 0
  return {
    take(comparison) {
      if (comparison.change === 'notAsked') notAsked += 1
      else if (isTold(comparison)) changes.push(comparison)
      else unchanged.push(briefly(comparison))
    },
    get size() {
      return changes.length + unchanged.length + notAsked
    },
    finish({ effects, missing }) {
      return { effects, changes: changes.toSorted(byGravity), unchanged, notAsked, missing }
    },
  }
}

function isTold(comparison: Comparison): comparison is ToldComparison {
  const told: readonly string[] = CHANGES
  return told.includes(comparison.change)
}

function briefly({ source, object, proposed, unknown }: Comparison): Unchanged {
  return { source, object, allowed: proposed?.item.allowed ?? false, unknown }
}

/** By what happens, and then in the order in which they came. */
function byGravity(a: ToldComparison, b: ToldComparison): number {
  return CHANGES.indexOf(a.change) - CHANGES.indexOf(b.change)
}
