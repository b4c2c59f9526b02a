import { countOf } from '../core/count-of.ts'
import type { PatchOperation } from '../core/json-patch.ts'
import { EXIT, type ReviewedObject } from '../review/result.ts'
import type { ExitCode } from '../report/report.ts'
import type { Source } from '../state/manifest.ts'
import { CHANGES, type Comparison, type ToldChange } from './compare.ts'
import type { FindingChanges } from './finding-changes.ts'
import type { Effect } from './proposal.ts'
import { unknownNotes } from './unknown-notes.ts'
import { nameOf } from './words.ts'

/** Everything that was compared. Of what does not change only its name is kept. */
export interface WhatIf {
  readonly effects: readonly Effect[]
  /** how many of the objects each policy governs as proposed; those that govern none are not there */
  readonly governed: ReadonlyMap<string, number>
  /** what changes, and what nobody can tell; the gravest first */
  readonly changes: readonly ToldComparison[]
  readonly unchanged: readonly Unchanged[]
  /** objects that ask for no instance */
  readonly notAsked: number
  /** a sentence for each list of workloads that could not be read to its end */
  readonly missing: readonly string[]
}

export type ToldComparison = Comparison & { readonly change: ToldChange }

export interface Unchanged {
  readonly source: Source
  readonly object: ReviewedObject
  readonly allowed: boolean
  /** what is unknown and yet cannot refuse it */
  readonly unknown: Comparison['unknown']
}

/** What `-o json` prints: only what changes, and how much was looked at. */
export interface WhatIfResult {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'WhatIfResult'
  readonly proposal: readonly ProposedObject[]
  readonly items: readonly WhatIfItem[]
  /** a sentence for each thing that nobody knows, with those whom it concerns */
  readonly unknown: readonly string[]
  readonly summary: WhatIfSummary
}

export interface ProposedObject extends Effect {
  /** how many of the objects a policy governs; null for what is no policy, and for one that goes */
  readonly governs: number | null
}

export interface WhatIfItem {
  readonly source: Source
  readonly object: ReviewedObject
  readonly change: ToldChange
  readonly weaker: boolean
  readonly findings: FindingChanges
  /** why nobody can tell, or what a change may hide */
  readonly unknown: readonly string[]
  readonly today: WhatIfSide
  readonly proposed: WhatIfSide
}

/** The decision of one side; `allowed` is null where none could be made. */
export interface WhatIfSide {
  readonly allowed: boolean | null
  readonly warnings: readonly string[]
  readonly patch: readonly PatchOperation[]
}

export type Counts = Readonly<Record<ToldChange, number>> & {
  /** objects that ask for an instance */
  readonly objects: number
  readonly unchanged: number
  /** objects that do not change as far as is known, but of which something is unknown that refuses nobody */
  readonly uncertain: number
}

export type WhatIfSummary = Counts & {
  /** objects of which something says less than today */
  readonly weaker: number
  /** objects that ask for no instance, of which no policy speaks */
  readonly skipped: number
  /** of the objects that ask, how many are refused on each side, as far as it is known */
  readonly refused: { readonly today: number; readonly proposed: number }
  /** a sentence for each list that is not complete; empty where everything was seen */
  readonly missing: readonly string[]
  readonly byNamespace: readonly (Counts & { readonly namespace: string })[]
}

export function makeWhatIfResult(whatIf: WhatIf): WhatIfResult {
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'WhatIfResult',
    proposal: whatIf.effects.map((effect) => ({ ...effect, governs: governsOf(effect, whatIf) })),
    items: whatIf.changes.map(itemOf),
    unknown: unknownNotes({ ...whatIf, missing: [] }),
    summary: summarize(whatIf),
  }
}

function governsOf({ kind, name, effect }: Effect, { governed }: WhatIf): number | null {
  return kind === 'DaprSharedPolicy' && effect !== 'removed' ? (governed.get(name) ?? 0) : null
}

/** A policy that governs nothing of what was looked at is more often one that was meant to than not: a sentence for each. */
export function idleNotes(whatIf: WhatIf): string[] {
  const { effects, changes, unchanged } = whatIf
  const objects = changes.length + unchanged.length
  if (objects === 0) return []
  return effects
    .filter((effect) => governsOf(effect, whatIf) === 0)
    .map(({ name }) => `policy ${name} governs none of the ${countOf(objects, 'workload')}: see its match.`)
}

function itemOf(comparison: ToldComparison): WhatIfItem {
  const { source, object, change, weaker, findings, unknown, today, proposed } = comparison
  return {
    source,
    object,
    change,
    weaker,
    findings,
    unknown: unknown.map(({ what, why }) => `${what} ${nameOf(comparison)}: ${why}.`),
    today: sideOf(today),
    proposed: sideOf(proposed),
  }
}

function sideOf(side: Comparison['today']): WhatIfSide {
  if (side === undefined) return { allowed: null, warnings: [], patch: [] }
  const { allowed, warnings, patch } = side
  return { allowed, warnings, patch }
}

export function summarize({ changes, unchanged, notAsked, missing }: WhatIf): WhatIfSummary {
  const changesBy = Map.groupBy(changes, ({ object }) => object.namespace)
  const unchangedBy = Map.groupBy(unchanged, ({ object }) => object.namespace)
  const namespaces = [...new Set([...changesBy.keys(), ...unchangedBy.keys()])].toSorted()
  const stillRefused = unchanged.filter(({ allowed }) => !allowed).length
  const refusedOn = (side: 'today' | 'proposed'): number =>
    stillRefused + changes.filter((one) => one[side]?.allowed === false).length
  return {
    ...countsOf(changes, unchanged),
    weaker: changes.filter(({ weaker }) => weaker).length,
    skipped: notAsked,
    refused: { today: refusedOn('today'), proposed: refusedOn('proposed') },
    missing,
    byNamespace: namespaces.map((namespace) => ({
      namespace,
      ...countsOf(changesBy.get(namespace) ?? [], unchangedBy.get(namespace) ?? []),
    })),
  }
}

function countsOf(changes: readonly ToldComparison[], unchanged: readonly Unchanged[]): Counts {
  const counts = Object.fromEntries(CHANGES.map((change) => [change, 0])) as Record<ToldChange, number>
  for (const { change } of changes) counts[change] += 1
  const uncertain = unchanged.filter(({ unknown }) => unknown.length > 0).length
  return {
    objects: changes.length + unchanged.length,
    ...counts,
    unchanged: unchanged.length - uncertain,
    uncertain,
  }
}

/**
 * What makes the exit code 1: something becomes refused; or it becomes allowed, or says less than today; or anything
 * is another.
 */
export const GATES = ['refused', 'allowed', 'changed'] as const

export type Gate = (typeof GATES)[number]

export function failsAt(gate: Gate, { change, weaker }: Pick<Comparison, 'change' | 'weaker'>): boolean {
  switch (gate) {
    case 'refused':
      return change === 'newlyRefused'
    case 'allowed':
      return change === 'newlyAllowed' || weaker
    case 'changed':
      return change !== 'unknown'
  }
}

/** 1 where something changes that must not, 3 where not everything is known, 4 where nothing asked, else 0. */
export function exitCodeFor(
  { changes, unchanged, missing }: WhatIf,
  { failOn, allowEmpty }: { readonly failOn: Gate; readonly allowEmpty: boolean },
): ExitCode {
  if (changes.some((one) => failsAt(failOn, one))) return EXIT.denied
  const hidden = [...changes, ...unchanged].some((one) => hides(one, failOn))
  if (missing.length > 0 || hidden) return EXIT.incomplete
  return changes.length + unchanged.length > 0 || allowEmpty ? EXIT.fine : EXIT.nothing
}

/** Whether what is unknown of an object may be the very thing that is asked after. */
export function hides(one: ToldComparison | Unchanged, gate: Gate): boolean {
  return ('change' in one && one.change === 'unknown') || (gate !== 'refused' && one.unknown.length > 0)
}
