import { Refusal } from './refuse.ts'

/** Does a piece of work in one of a bounded number of places. */
export type Places = <T>(work: () => Promise<T>) => Promise<T>

/** @returns what throws a Refusal, and begins nothing, where all places are taken */
export function makePlaces(most: number): Places {
  let taken = 0
  return async (work) => {
    if (taken >= most)
      throw new Refusal('Overloaded', 'too many reviews are under way. Ask again in a moment.')
    taken += 1
    try {
      return await work()
    } finally {
      taken -= 1
    }
  }
}
