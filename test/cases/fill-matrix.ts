import { isObject } from '../../src/core/pod.ts'
import type { Scalar } from './suite.ts'

export type Combination = Readonly<Record<string, Scalar>>

/** Every combination of a matrix; a test without one has a single, empty combination. */
export function combinationsOf(matrix: Readonly<Record<string, readonly Scalar[]>> = {}): Combination[] {
  return Object.entries(matrix).reduce<Combination[]>(
    (combinations, [name, values]) =>
      combinations.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value }))),
    [{}],
  )
}

/** `value` with `${name}` replaced throughout, in keys too; text that is nothing but `${name}` takes the value as it is. */
export function fill(value: unknown, combination: Combination): unknown {
  if (typeof value === 'string') return fillText(value, combination)
  if (Array.isArray(value)) return value.map((item) => fill(item, combination))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [fillText(key, combination), fill(item, combination)]),
  )
}

function fillText(value: string, combination: Combination): Scalar {
  const whole = /^\$\{(\w+)\}$/.exec(value)?.[1]
  if (whole !== undefined && Object.hasOwn(combination, whole)) return combination[whole] ?? value
  return value.replaceAll(/\$\{(\w+)\}/g, (text, name: string) =>
    Object.hasOwn(combination, name) ? String(combination[name]) : text,
  )
}

export function titleOf(combination: Combination): string {
  const parts = Object.entries(combination).map(([name, value]) => `${name}: ${String(value)}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
