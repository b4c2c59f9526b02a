/** One required behaviour: what was wanted, what was seen. */
export interface Observation {
  readonly name: string
  readonly wanted: string
  readonly got: string
  readonly ok: boolean
}

/** A number for people to compare; it decides nothing. */
export interface Figure {
  readonly name: string
  readonly value: string
}

/** Takes down what a scenario does and sees. */
export interface Record {
  /** what was really done, or the name of what stood in for it */
  did(what: string): void
  /** what had to stand in, because a privilege or a program is missing */
  standIn(what: string): void
  is(name: string, got: unknown, wanted: unknown): void
  holds(name: string, ok: boolean, got?: string): void
  /** a bound of the fault list; `slack` of the machine is already in it */
  atMost(name: string, got: number, most: number, unit?: string): void
  atLeast(name: string, got: number, least: number, unit?: string): void
  figure(name: string, value: string | number): void
}

export interface Recorded {
  readonly done: readonly string[]
  readonly standIns: readonly string[]
  readonly observations: readonly Observation[]
  readonly figures: readonly Figure[]
}

const LONGEST = 300

/** A new record, and what was recorded so far: a scenario that throws keeps what it had seen. */
export function makeRecord(): { record: Record; recorded: Recorded } {
  const done: string[] = []
  const standIns: string[] = []
  const observations: Observation[] = []
  const figures: Figure[] = []
  const observe = (name: string, wanted: string, got: string, ok: boolean): void =>
    void observations.push({ name, wanted: shorten(wanted), got: shorten(got), ok })
  const record: Record = {
    did: (what) => void done.push(what),
    standIn: (what) => void standIns.push(what),
    is(name, got, wanted) {
      const [seen, expected] = [inWords(got), inWords(wanted)]
      observe(name, expected, seen, seen === expected)
    },
    holds: (name, ok, got = ok ? 'yes' : 'no') => observe(name, 'yes', got, ok),
    atMost: (name, got, most, unit = '') =>
      observe(name, `at most ${number(most)}${unit}`, `${number(got)}${unit}`, got <= most),
    atLeast: (name, got, least, unit = '') =>
      observe(name, `at least ${number(least)}${unit}`, `${number(got)}${unit}`, got >= least),
    figure: (name, value) =>
      void figures.push({ name, value: typeof value === 'number' ? number(value) : value }),
  }
  return { record, recorded: { done, standIns, observations, figures } }
}

function inWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1)
}

/** On one line. */
function shorten(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, '; ')
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}...`
}
