import type { Comparison, ToldChange } from './compare.ts'
import type { Effect } from './proposal.ts'

/** A change in words, as headings, columns and reports have it. */
export const CHANGE_WORDS: Readonly<Record<ToldChange, string>> = {
  newlyRefused: 'newly refused',
  newlyAllowed: 'newly allowed',
  refusedOtherwise: 'refused otherwise',
  patchChanged: 'patch changed',
  warningsChanged: 'warnings changed',
  recordedChanged: 'recorded otherwise',
  unknown: 'unknown',
}

export function nameOf({ object: { kind, namespace, name } }: Pick<Comparison, 'object'>): string {
  return `${kind} ${namespace}/${name}`
}

/** `DaprSharedPolicy prod (replaced)`, for each object that is proposed. */
export function effectWords({ kind, namespace, name, effect }: Effect): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name} (${effect})`
}

const EFFECTS_SHOWN = 12

export function proposalWords(effects: readonly Effect[]): string {
  const shown = effects.slice(0, EFFECTS_SHOWN).map(effectWords).join(', ')
  const more = effects.length - EFFECTS_SHOWN
  return more > 0 ? `${shown} and ${more} more` : shown
}
