/** One decision that is timed, and which samples it belongs to. */
export interface Timed {
  /** each name has samples of its own */
  readonly name: string
  readonly run: () => void
}

export interface MeasureOptions {
  /** milliseconds, of which the fractions count */
  readonly clock: () => number
  /** when to stop; each is timed once all the same */
  readonly budgetMs: number
}

/** As long as a sample takes at least: a clock is no good for less. */
const LEAST_MS = 0.05
const MOST_IN_A_SAMPLE = 4096
const TRIES = 5
const TRIED = 8

/** The first runs are those of code that is not compiled yet. */
const WARM_RUNS = 500
const WARM_SHARE = 0.2

/**
 * Times decisions in turn, round after round, until the time is up: whatever disturbs the machine disturbs all of them
 * alike. Each sample is the mean of as many runs as the clock needs to tell them apart. Every other round goes backwards, so
 * that none always comes after the same neighbour.
 *
 * @returns microseconds of one run, by name
 */
export function measure(
  timed: readonly Timed[],
  { clock, budgetMs }: MeasureOptions,
): ReadonlyMap<string, readonly number[]> {
  if (timed.length === 0) return new Map()
  const begun = clock()
  warmUp(timed, clock, begun + budgetMs * WARM_SHARE)
  const forth = timed.map((one) => ({ ...one, batch: batchOf(one.run, clock) }))
  const back = forth.toReversed()
  const samples = new Map<string, number[]>(timed.map(({ name }) => [name, []]))
  for (let round = 0; ; round++) {
    for (const { name, run, batch } of round % 2 === 0 ? forth : back) {
      if (round > 0 && clock() - begun >= budgetMs) return samples
      samples.get(name)?.push((timeOf(run, batch, clock) * 1000) / batch)
    }
    if (clock() - begun >= budgetMs) return samples
  }
}

function warmUp(timed: readonly Timed[], clock: () => number, until: number): void {
  for (let time = 0; time < WARM_RUNS && clock() < until; time++) {
    for (const { run } of timed) run()
  }
}

/** By the fastest of several tries: a machine that is busy elsewhere makes runs slower, and never faster. */
function batchOf(run: () => void, clock: () => number): number {
  const fastest = Math.min(...Array.from({ length: TRIES }, () => timeOf(run, TRIED, clock) / TRIED))
  return fastest * MOST_IN_A_SAMPLE < LEAST_MS ? MOST_IN_A_SAMPLE : Math.max(1, Math.ceil(LEAST_MS / fastest))
}

function timeOf(run: () => void, times: number, clock: () => number): number {
  const begun = clock()
  for (let time = 0; time < times; time++) run()
  return clock() - begun
}

/** The value below which a part of the samples lies; 0 where there are none. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
