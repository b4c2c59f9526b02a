/** Why no more is to be had: nothing is left, or what is left is kept for others. */
export type ShareRefusal = 'full' | 'share'

/** Something that all callers share: connections, places, bytes. */
export interface Pool {
  /** what is held by all together */
  used(): number
  /** what one caller holds of it */
  of(caller: string): Share
}

export interface Share {
  /** @returns why not; nothing where it was taken */
  take(amount: number): ShareRefusal | undefined
  giveBack(amount: number): void
}

/**
 * One caller may hold at most so many times of what stays free. Alone he gets four fifths, two get four ninths each, nine
 * get four thirty-sevenths each: a newcomer always finds something. All calls of a cluster may come from one address, so
 * a fixed part for each would waste nearly everything.
 */
const TIMES_FREE = 4

/**
 * Shares by a dynamic threshold (Choudhury and Hahne, for the buffers of switches): it bites only as the pool fills.
 * Who holds nothing is refused by nothing but the end of the pool.
 */
export function makePool(most: number): Pool {
  const held = new Map<string, number>()
  let used = 0
  return {
    used: () => used,
    of: (caller) => ({
      take(amount) {
        const before = held.get(caller) ?? 0
        const free = most - used - amount
        if (free < 0) return 'full'
        if (before > 0 && before + amount > TIMES_FREE * free) return 'share'
        held.set(caller, before + amount)
        used += amount
        return undefined
      },
      giveBack(amount) {
        const left = (held.get(caller) ?? 0) - amount
        used -= amount
        // callers come from anywhere: who holds nothing is forgotten
        if (left > 0) held.set(caller, left)
        else held.delete(caller)
      },
    }),
  }
}
