import { isObject } from '../core/pod.ts'
import type { Path } from '../state/manifest.ts'
import type { Scalar } from './schema.ts'

export type Matrix = Readonly<Record<string, readonly Scalar[]>>
export type Combination = ReadonlyMap<string, Scalar>

/** How many combinations a matrix has, without making them. */
export function countOf(matrix: Matrix): number {
  return Object.values(matrix).reduce((product, values) => product * values.length, 1)
}

/** Every combination of a matrix; one without names has a single, empty combination. */
export function combinationsOf(matrix: Matrix): Combination[] {
  let combinations: Combination[] = [new Map()]
  for (const [name, values] of Object.entries(matrix)) {
    combinations = combinations.flatMap((combination) =>
      values.map((value) => new Map([...combination, [name, value]])),
    )
  }
  return combinations
}

/** A name in a text that the matrix does not have, or one that it has. */
export interface Mention {
  readonly name: string
  readonly path: Path
}

const PLACEHOLDER = /(\$?)\$\{(\w+)\}/g
const NOTHING_ELSE = /^\$\{(\w+)\}$/

/**
 * `value` with `${name}` replaced throughout, in keys too; text that is nothing but `${name}` takes the value as it is,
 * and `$${name}` is written for a text `${name}` that is meant. A name that the matrix does not have stays.
 */
export function fill(value: unknown, combination: Combination): unknown {
  if (typeof value === 'string') return fillText(value, combination)
  if (Array.isArray(value)) return value.map((item) => fill(item, combination))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [String(fillText(key, combination)), fill(item, combination)]),
  )
}

/** Every `${name}` in a value, keys too. */
export function* mentionsIn(value: unknown, path: Path = []): Generator<Mention> {
  if (typeof value === 'string') yield* mentionsInText(value, path)
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* mentionsIn(item, [...path, index])
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield* mentionsInText(key, [...path, key])
      yield* mentionsIn(item, [...path, key])
    }
  }
}

function* mentionsInText(text: string, path: Path): Generator<Mention> {
  for (const [, escaped = '', name = ''] of text.matchAll(PLACEHOLDER)) {
    if (escaped === '') yield { name, path }
  }
}

function fillText(value: string, combination: Combination): Scalar {
  const whole = NOTHING_ELSE.exec(value)?.[1]
  if (whole !== undefined) return combination.get(whole) ?? value
  return value.replaceAll(PLACEHOLDER, (text, escaped: string, name: string) =>
    escaped === '' ? String(combination.get(name) ?? text) : text.slice(1),
  )
}

/** ` (ready: 0/3, strategy: DaemonSet)`; empty without a matrix. */
export function titleOf(combination: Combination): string {
  const parts = [...combination].map(([name, value]) => `${name}: ${String(value)}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
