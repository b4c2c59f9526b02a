import type { NeedsFacts } from '../core/decision.ts'
import type { FactQuery, Facts } from '../core/facts.ts'
import type { FactSource, FactSubject } from './fact-source.ts'

/** More rounds than there are kinds of facts: each round asks for what the one before could not know it needs. */
const MOST_ROUNDS = 6

/**
 * Decides, gathers what the decision needs, and decides again, until it needs no more.
 *
 * @throws FactUnavailable, or what the signal is aborted with
 */
export async function gatherAndDecide<T extends object>(
  decideOnce: (factsOf: (subject: FactSubject) => Facts) => T | NeedsFacts,
  source: FactSource,
  signal: AbortSignal,
): Promise<T> {
  const needs: FactQuery[] = []
  let gathered: Facts | undefined
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let subject: FactSubject | undefined
    const answer = decideOnce((asked) => {
      subject = asked
      return gathered ?? source.peek(asked)
    })
    if (!('needs' in answer)) return answer
    if (subject === undefined) break
    needs.push(...answer.needs)
    gathered = await source.gather(subject, needs, signal)
  }
  throw new Error(`facts were gathered and are still needed: ${needs.map(({ kind }) => kind).join(', ')}`)
}
