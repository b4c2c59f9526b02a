import type { Pool } from './shares.ts'

/** Waits for a place, and holds it. */
export interface Turn {
  readonly isWaiting: () => boolean
  /** gives the place back, or the wait up; more than once is once */
  readonly end: () => void
}

interface Waiting {
  readonly caller: string
  readonly begin: () => void
}

/**
 * Gives out the places of a pool, at once while the caller may have one, and else in the order of asking. Who may have none
 * stands in nobody else's way.
 *
 * @returns asks for a place; `begin` runs when there is one, which may be before this returns
 */
export function makeTurns(places: Pool): (caller: string, begin: () => void) => Turn {
  const waiting = new Set<Waiting>()

  const beginNext = (): void => {
    for (const one of waiting) {
      const refused = places.of(one.caller).take(1)
      if (refused === 'full') return
      if (refused === 'share') continue
      waiting.delete(one)
      one.begin()
    }
  }

  return (caller, begin) => {
    const turn = { caller, begin }
    let ended = false
    if (places.of(caller).take(1) === undefined) begin()
    else waiting.add(turn)
    return {
      isWaiting: () => waiting.has(turn),
      end() {
        if (ended) return
        ended = true
        if (waiting.delete(turn)) return
        places.of(caller).giveBack(1)
        beginNext()
      },
    }
  }
}
