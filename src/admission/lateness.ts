/** How late the event loop is, in milliseconds, now. */
export type LoopDelay = () => number

/** A review waits for its turn to be read, and for another one until its answer leaves. */
const TURNS = 2
/** What waiting may take of the time that there is, before reviews are handed over, and before they are taken again. */
const MOST = 1 / 2
const MOST_AGAIN = 1 / 4

/**
 * Tells of each review whether its answer would come too late, so that it is better asked elsewhere. Once that is so, it
 * stays so until the loop has recovered by half: else every second review would be taken, and be late. A caller chooses his
 * time: what is too late for a short one says nothing of longer ones.
 *
 * @returns a question with the milliseconds that the review may take
 */
export function makeLateness(delay: LoopDelay): (limitMs: number) => boolean {
  /** answers within as many milliseconds or fewer came too late, and the loop has not recovered since */
  let lateUpTo = 0
  return (limitMs) => {
    const isLate = delay() * TURNS > limitMs * (limitMs <= lateUpTo ? MOST_AGAIN : MOST)
    lateUpTo = isLate ? Math.max(lateUpTo, limitMs) : Math.min(lateUpTo, limitMs - 1)
    return isLate
  }
}
