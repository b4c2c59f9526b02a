import type { CheckId } from './catalogue.ts'

/** `fail`: pods that ask are not served as they should be. `warn`: they are, and it will not stay so, or less than could be. */
export const LEVELS = ['ok', 'warn', 'fail', 'unknown'] as const
export type Level = (typeof LEVELS)[number]

/** What one check found; one that is not `ok` says how to mend it. */
export interface Line {
  readonly id: CheckId
  readonly level: Level
  /** one sentence */
  readonly what: string
  /** empty where there is nothing to hold against each other */
  readonly wanted: string
  readonly got: string
  /** a command or a setting; empty for `ok` */
  readonly cure: string
  /** the section about it */
  readonly docs: string
}

/** What is wrong, and what to do about it. */
export interface Fault {
  readonly what: string
  readonly wanted?: string
  readonly got?: string
  readonly cure: string
}

export function ok(id: CheckId, what: string): Line {
  return { id, level: 'ok', what, wanted: '', got: '', cure: '', docs: docsOf(id) }
}

export function warn(id: CheckId, fault: Fault): Line {
  return line(id, 'warn', fault)
}

export function fail(id: CheckId, fault: Fault): Line {
  return line(id, 'fail', fault)
}

/** Nobody knows: never taken for fine. */
export function unknown(id: CheckId, fault: Fault): Line {
  return line(id, 'unknown', fault)
}

export function line(id: CheckId, level: Level, { what, wanted = '', got = '', cure }: Fault): Line {
  return { id, level, what, wanted, got, cure, docs: docsOf(id) }
}

function docsOf(id: CheckId): string {
  return `docs/check.md#${id.replaceAll('.', '')}`
}
