/** How late the event loop is, in milliseconds, now. */
export type LoopDelay = () => number

/** A review waits for its turn to be read, and for another one until its answer leaves. */
const TURNS = 2
/** What waiting may take of the time that there is, before reviews are handed over, and before they are taken again. */
const MOST = 1 / 2
const MOST_AGAIN = 1 / 4

/**
 * Tells of each review whether its answer would come too late, so that it is better asked elsewhere. Once that is so, it
 * stays so until the loop has recovered by half: else every second review would be taken, and be late.
 *
 * @returns a question with the milliseconds that the review may take
 */
export function makeLateness(delay: LoopDelay): (limitMs: number) => boolean {
  let late = false
  return (limitMs) => {
    late = delay() * TURNS > limitMs * (late ? MOST_AGAIN : MOST)
    return late
  }
}
