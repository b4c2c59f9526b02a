import type { CheckId } from './catalogue.ts'
import type { Fact } from './facts.ts'
import { unknown, type Line } from './line.ts'

/** Judges a fact that is known; of one that is not, a line says so, and what right is missing. */
export function withFact<T>(
  id: CheckId,
  fact: Fact<T>,
  about: string,
  judge: (value: T) => Line | readonly Line[],
): readonly Line[] {
  if (fact.known) return [judge(fact.value)].flat()
  return [unknownLine(id, fact, about)]
}

export function unknownLine(
  id: CheckId,
  { why, right }: Extract<Fact<unknown>, { known: false }>,
  about: string,
): Line {
  return unknown(id, {
    what: `${about}: unknown, as ${why}.`,
    cure:
      right === ''
        ? 'Look whether the API server is well (kubectl get --raw=/readyz?verbose), then ask again.'
        : `Ask as somebody who may ${right} (kubectl auth can-i ${right}), or take it as it is: --allow-unknown.`,
  })
}
