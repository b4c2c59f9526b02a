import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { FoundSuite } from './find-suites.ts'

/** Below this much text of suites (some two thousand tests) starting threads takes longer than they save. */
const WORTH_BYTES = 1_000_000
/** One thread keeps more than one core busy, as V8 compiles and collects beside it: two of them gain little on two cores. */
const FEWEST_CORES = 4
/** Each thread has a heap of its own. */
const MOST_THREADS = 8

/** In how many threads suites are best tested, where nobody says: as many as help. */
export async function chooseThreads(suites: readonly FoundSuite[]): Promise<number> {
  const cores = availableParallelism()
  if (suites.length < 2 || cores < FEWEST_CORES) return 1
  const sizes = await Promise.all(suites.map(({ absolute }) => sizeOf(absolute)))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return bytes < WORTH_BYTES ? 1 : Math.min(cores, MOST_THREADS)
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch {
    return 0
  }
}
