import { isDnsLabel } from '../core/dns-names.ts'

export function oneOf<T extends string>(values: readonly T[]): (text: string) => T | undefined {
  return (text) => values.find((value) => value === text)
}

export function parsePort(text: string): number | undefined {
  const port = Number(text)
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : undefined
}

export function parseSeconds(text: string): number | undefined {
  const seconds = Number(text)
  return /^\d{1,3}(\.\d+)?$/.test(text) && seconds <= 600 ? seconds : undefined
}

export function parseCount(text: string): number | undefined {
  const count = Number(text)
  return /^\d{1,6}$/.test(text) && count >= 1 && count <= 100_000 ? count : undefined
}

export function parseList(text: string): string[] | undefined {
  const items = text.split(',')
  return items.every((item) => item !== '') ? items : undefined
}

export function parseNames(text: string): string[] | undefined {
  const names = text.split(',')
  return names.every(isDnsLabel) ? names : undefined
}
