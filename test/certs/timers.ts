import { systemTimer, type SetTimer } from '../../src/certs/timer.ts'

/** Timers that run when the test says so. */
export function manualTimers(): { setTimer: SetTimer; waits: () => number[]; fire: () => void } {
  const waiting = new Map<object, { run: () => void; ms: number }>()
  return {
    setTimer(run, ms) {
      const id = {}
      waiting.set(id, { run, ms })
      return () => void waiting.delete(id)
    },
    waits: () => [...waiting.values()].map(({ ms }) => ms),
    fire() {
      const due = [...waiting.values()]
      waiting.clear()
      for (const { run } of due) run()
    },
  }
}

/** Real timers that know how many were started, and how many are still to come. */
export function countedTimers(): { setTimer: SetTimer; pending: () => number; started: () => number } {
  let pending = 0
  let started = 0
  return {
    setTimer(run, ms) {
      pending++
      started++
      let over = false
      const end = () => {
        if (!over) pending--
        over = true
      }
      const cancel = systemTimer(() => {
        end()
        run()
      }, ms)
      return () => {
        end()
        cancel()
      }
    },
    pending: () => pending,
    started: () => started,
  }
}
