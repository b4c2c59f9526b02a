import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'

/** Readers of loose JSON: what is absent or of another type is as if it were not there. */

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function objectsOf(value: unknown): readonly JsonObject[] {
  return listOf(value).map(objectOr)
}

/** A map of strings; entries of another type are left out. */
export function stringsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOr(value))
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
