import { nearestName } from '../core/near-names.ts'
import type { Path } from '../state/manifest.ts'
import { titleOf, type Combination, type Matrix } from './fill-matrix.ts'
import type { Expectation } from './schema.ts'
import type { Place, SuiteProblem } from './suite.ts'

interface Placed {
  readonly expect: Expectation
  readonly path: Path
}

type Chosen = { readonly expect: Expectation | undefined; readonly expectPath: Path }

/** Chooses what is expected of each combination, and knows afterwards what was never chosen. */
export function chooser(
  matrix: Matrix,
  place: Place,
): {
  readonly of: (combination: Combination, expectations: readonly Placed[]) => Chosen
  readonly problems: (expectations: readonly Placed[]) => readonly SuiteProblem[]
} {
  const reached = new Set<number>()
  const without: Combination[] = []
  return {
    of(combination, expectations) {
      const index = expectations.findIndex(({ expect }) => fits(expect, combination))
      const found = expectations[index]
      if (found === undefined) {
        without.push(combination)
        return { expect: undefined, expectPath: ['expect'] }
      }
      reached.add(index)
      return { expect: found.expect, expectPath: found.path }
    },
    problems(expectations) {
      const unreached = expectations.flatMap((one, index) =>
        reached.has(index) ? [] : whyUnreached(one, matrix, place),
      )
      const unexpected = without.slice(0, 1).map((combination) => {
        const more = without.length > 1 ? `, nor of ${without.length - 1} more` : ''
        const message = `nothing is expected of${titleOf(combination)}${more}. Add an entry without "when" at the end.`
        return { source: place.sourceOf(['expect']), message, fails: false }
      })
      return [...unreached, ...unexpected]
    },
  }
}

function fits({ when = {} }: Expectation, combination: Combination): boolean {
  return Object.entries(when).every(([name, value]) => combination.get(name) === value)
}

function whyUnreached({ expect: { when = {} }, path }: Placed, matrix: Matrix, place: Place): SuiteProblem[] {
  const problem = (below: Path, message: string): SuiteProblem => ({
    source: place.sourceOf([...path, ...below]),
    message,
    fails: false,
  })
  const names = Object.keys(matrix)
  const odd = Object.entries(when).flatMap(([name, value]) => {
    const values = matrix[name]
    if (values === undefined) {
      const near = names.length === 0 ? 'the test has none' : `did you mean ${nearestName(name, names)}?`
      return [problem(['when', name], `"when" names ${name}, which is not in the matrix: ${near}`)]
    }
    if (values.includes(value)) return []
    const kind = values.some((one) => String(one) === String(value)) ? `, where it is another type` : ''
    return [
      problem(
        ['when', name],
        `"when" wants ${name}: ${JSON.stringify(value)}, but the matrix has ${values.map((one) => JSON.stringify(one)).join(', ')}${kind}.`,
      ),
    ]
  })
  if (odd.length > 0) return odd
  return [problem([], 'no combination reaches this expectation: those before it take them all.')]
}
