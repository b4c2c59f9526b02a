import type { BenchResult, Growth } from './bench-result.ts'

/** How a result stands to a saved one. */
export interface Comparison {
  /** classes whose ratio grew beyond what is allowed, the worst first */
  readonly grown: readonly Growth[]
  /** classes that the saved result does not have: they are compared with nothing */
  readonly fresh: readonly string[]
  /** sentences about what cannot be compared */
  readonly notes: readonly string[]
}

/** Compares medians as ratios: what they cost in microseconds is the machine's business. */
export function compareResults(now: BenchResult, base: BenchResult, maxRatio: number): Comparison {
  const before = new Map(base.classes.map((one) => [one.class, one]))
  const grown = now.classes
    .flatMap((one): Growth[] => {
      const old = before.get(one.class)?.ratio.p50
      return old === undefined
        ? []
        : [{ class: one.class, before: old, now: one.ratio.p50, factor: one.ratio.p50 / old }]
    })
    .filter(({ factor }) => factor > maxRatio)
    .toSorted((a, b) => b.factor - a.factor)
  const fresh = now.classes.map((one) => one.class).filter((name) => !before.has(name))
  return { grown, fresh, notes: notesOf(now, base, fresh) }
}

function notesOf(now: BenchResult, base: BenchResult, fresh: readonly string[]): string[] {
  const there = new Set(now.classes.map((one) => one.class))
  const gone = base.classes.map((one) => one.class).filter((name) => !there.has(name))
  return [
    ...(now.objects === base.objects
      ? []
      : [
          `the saved result is of ${base.objects} objects, and this one of ${now.objects}: their costs may differ.`,
        ]),
    ...fresh.map(
      (name) => `nothing to compare "${name}" with: no object had that answer in the saved result.`,
    ),
    ...gone.map((name) => `no object has the answer "${name}" any more, as some had in the saved result.`),
  ]
}

/** Reads a saved result; nothing where a text is none. */
export function readBenchResult(text: string): BenchResult | undefined {
  const value = parse(text)
  return isResult(value) ? value : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isResult(value: unknown): value is BenchResult {
  if (typeof value !== 'object' || value === null) return false
  const { kind, objects, classes } = value as Partial<Record<keyof BenchResult, unknown>>
  return (
    kind === 'BenchResult' && typeof objects === 'number' && Array.isArray(classes) && classes.every(isClass)
  )
}

function isClass(value: unknown): boolean {
  const { class: name, ratio } = (value ?? {}) as { class?: unknown; ratio?: { p50?: unknown } }
  return typeof name === 'string' && typeof ratio?.p50 === 'number' && ratio.p50 > 0
}
