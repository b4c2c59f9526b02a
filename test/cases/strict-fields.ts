import { isObject } from '../../src/core/pod.ts'
import type { Path } from '../../src/state/manifest.ts'

/** Reads a loose value strictly: what does not fit throws a {@link Misfit}. An absent value is `undefined`. */
export type Read<T> = (value: unknown, path: Path) => T

/** A value that does not fit, and where it stands. */
export class Misfit extends Error {
  override readonly name = 'Misfit'
  readonly path: Path

  constructor(path: Path, problem: string) {
    super(problem)
    this.path = path
  }
}

export const anything: Read<unknown> = (value) => value

export const text: Read<string> = (value, path) => {
  if (typeof value !== 'string') throw new Misfit(path, `${nameOf(path)}: wanted text.`)
  return value
}

export const flag: Read<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new Misfit(path, `${nameOf(path)}: wanted true or false.`)
  return value
}

export const count: Read<number> = (value, path) => {
  if (!Number.isInteger(value)) throw new Misfit(path, `${nameOf(path)}: wanted a whole number.`)
  return value as number
}

export function oneOf<T extends string>(...choices: readonly T[]): Read<T> {
  return (value, path) => {
    const choice = choices.find((one) => one === value)
    if (choice === undefined) throw new Misfit(path, `${nameOf(path)}: wanted one of ${choices.join(', ')}.`)
    return choice
  }
}

export function listOf<T>(read: Read<T>): Read<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Misfit(path, `${nameOf(path)}: wanted a list.`)
    return value.map((item, index) => read(item, [...path, index]))
  }
}

export function mapOf<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isObject(value)) throw new Misfit(path, `${nameOf(path)}: wanted a map.`)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item, [...path, key])]))
  }
}

export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, path) => (value === undefined ? undefined : read(value, path))
}

/** An object with these fields and no other. */
export function fields<T extends Readonly<Record<string, Read<unknown>>>>(
  known: T,
): Read<{ readonly [K in keyof T]: ReturnType<T[K]> }> {
  return (value, path) => {
    if (!isObject(value)) throw new Misfit(path, `${nameOf(path)}: wanted an object.`)
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(known, key))
    if (unknown !== undefined) {
      throw new Misfit([...path, unknown], `no field "${unknown}" here: ${Object.keys(known).join(', ')}.`)
    }
    const entries = Object.entries(known).map(([key, read]) => [key, read(value[key], [...path, key])])
    // each value was made by the reader of its key
    return Object.fromEntries(entries) as { readonly [K in keyof T]: ReturnType<T[K]> }
  }
}

function nameOf(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}
