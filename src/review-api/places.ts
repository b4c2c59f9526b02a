import { Refusal } from './refuse.ts'

/**
 * Does a piece of work in one of a bounded number of places.
 *
 * @param signal ends the wait for one, with its reason
 */
export type Places = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>

/**
 * @param waiting how many may wait for a place, in the order in which they came
 * @returns what throws a Refusal, and begins nothing, where all places are taken and as many wait
 */
export function makePlaces(most: number, waiting = 0): Places {
  let taken = 0
  const line: (() => void)[] = []
  return async (work, signal) => {
    if (taken < most) taken += 1
    else if (line.length < waiting) await turnIn(line, signal)
    else throw new Refusal('Overloaded', 'too many reviews are under way. Ask again in a moment.')
    try {
      return await work()
    } finally {
      // the place goes to the next as it is
      const next = line.shift()
      if (next === undefined) taken -= 1
      else next()
    }
  }
}

function turnIn(line: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = (): void => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    const leave = (): void => {
      line.splice(line.indexOf(begin), 1)
      reject(signal?.reason as Error)
    }
    line.push(begin)
    signal?.addEventListener('abort', leave, { once: true })
  })
}
