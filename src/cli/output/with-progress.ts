import type { Io } from '../io.ts'

const TOLD_EVERY = 100

/**
 * Does what it is given, one after the other, and shows on a terminal how far it is.
 *
 * @param done of what so many are done: `objects reviewed`
 */
export function withProgress<From, To>(
  io: Io,
  { total, done }: { readonly total: number; readonly done: string },
  act: (one: From) => Promise<To>,
): (one: From) => Promise<To> {
  let count = 0
  return async (one) => {
    try {
      return await act(one)
    } catch (error) {
      // an error is told on a line of its own
      io.progress?.('')
      throw error
    } finally {
      count += 1
      if (count === total) io.progress?.('')
      else if (count % TOLD_EVERY === 0)
        io.progress?.(`${count.toLocaleString('en')} of ${total.toLocaleString('en')} ${done}`)
    }
  }
}
