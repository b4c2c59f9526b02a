import type { Outcome } from './run-test.ts'
import type { SuiteTest } from './suite.ts'

/** Tells of suites whose answers change by themselves, before they do. */
export interface TimeNotes {
  readonly count: (test: SuiteTest, outcome: Outcome) => void
  readonly notes: () => readonly string[]
}

/** @param now milliseconds since the epoch: what tests see that do not say */
export function makeTimeNotes(now: number): TimeNotes {
  const ends = new Map<string, number>()
  return {
    count({ state, testState, place: { file } }, { seen }) {
      if ((testState?.now ?? state?.now) !== undefined) return
      for (const { expiresAt } of [...seen.snapshot.policies.exceptions.values()].flat()) {
        const known = ends.get(file)
        if (known === undefined || sooner(expiresAt, known, now)) ends.set(file, expiresAt)
      }
    },
    notes: () =>
      [...ends].map(([file, end]) => {
        const day = new Date(end).toISOString().slice(0, 10)
        const what = end > now ? `ends on ${day}, and answers change then` : `ended on ${day}`
        return `${file}: its tests see the time of the run, and an exception of their state ${what}. Say which time it is: state.now.`
      }),
  }
}

/** The next to end counts; of those that ended, the last. */
function sooner(end: number, known: number, now: number): boolean {
  if (end > now !== known > now) return end > now
  return end > now ? end < known : end > known
}
