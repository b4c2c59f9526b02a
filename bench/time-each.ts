import { performance } from 'node:perf_hooks'

/** Microseconds of single runs. */
export interface Times {
  readonly p50: number
  readonly p99: number
  /** the 99th percentile of the round that others disturbed the least */
  readonly calmP99: number
}

const ROUNDS = 5

/** Median and 99th percentile of single runs, in rounds, after one that warms up the compiler. */
export function timeEach(milliseconds: number, run: (turn: number) => void): Times {
  timeRound(milliseconds, run)
  const rounds = Array.from({ length: ROUNDS }, () => timeRound(milliseconds / ROUNDS, run))
  return {
    p50: rank(rounds.flat(), 0.5),
    p99: rank(rounds.flat(), 0.99),
    calmP99: Math.min(...rounds.map((samples) => rank(samples, 0.99))),
  }
}

const MOST_SAMPLES = 100_000

function timeRound(milliseconds: number, run: (turn: number) => void): number[] {
  const samples: number[] = []
  const until = performance.now() + milliseconds
  for (let turn = 0; performance.now() < until && samples.length < MOST_SAMPLES; turn++) {
    const start = performance.now()
    run(turn)
    samples.push((performance.now() - start) * 1000)
  }
  return samples
}

function rank(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).toSorted()
  return sorted[Math.floor(sorted.length * share)] ?? 0
}
