/** How much is told of what might have been: everything, or, of many objects at once, what concerns each. */
export type Breadth = 'everything' | 'concerning'

export interface Told<T> {
  readonly told: readonly T[]
  /** how many there are besides */
  readonly left: number
}

/** Many objects times all that a cluster has is more than a memory holds, and than anybody reads. */
const MOST = 12

/**
 * Everything, or the first of what concerns an object.
 *
 * @param weight how much each does; 0 for what does not
 */
export function tell<T>(all: readonly T[], breadth: Breadth, weight: (one: T) => number): Told<T> {
  if (breadth === 'everything') return { told: all, left: 0 }
  const told = all
    .filter((one) => weight(one) > 0)
    .toSorted((a, b) => weight(b) - weight(a))
    .slice(0, MOST)
  return { told, left: all.length - told.length }
}
