import { nearestName } from '../core/near-names.ts'
import type { JsonObject } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import { fieldOf, type Path } from '../state/manifest.ts'
import { checked } from './check-schema.ts'
import { countOf, mentionsIn, type Matrix, type Mention } from './fill-matrix.ts'
import { matrix as matrixSchema } from './schema.ts'
import type { Place, SuiteProblem } from './suite.ts'

/** A test with more combinations is a mistake in writing, and would take all memory. */
const MOST_COMBINATIONS = 10_000

/** The matrix of a test, or what is wrong with it; that of a test without one has no names. */
export function readMatrix(
  test: JsonObject,
  path: Path,
  place: Place,
): { readonly matrix: Matrix | undefined; readonly problems: readonly SuiteProblem[] } {
  if (test['matrix'] === undefined) return { matrix: {}, problems: [] }
  const fromTop: Place = { ...place, sourceOf: (below) => place.sourceOf(below.slice(path.length)) }
  const { value, problems } = checked(matrixSchema, test['matrix'], [...path, 'matrix'], fromTop)
  if (value === undefined) return { matrix: undefined, problems }
  const { matrix: _, ...rest } = test
  const wrong = [...oddValues(value, path, place), ...unknownNames(value, [...mentionsIn(rest)], place)]
  return wrong.length > 0 ? { matrix: undefined, problems: wrong } : { matrix: value, problems: [] }
}

function oddValues(matrix: Matrix, path: Path, place: Place): SuiteProblem[] {
  const names = Object.entries(matrix)
  const at = (name: string, message: string): SuiteProblem => ({
    source: place.sourceOf(['matrix', name]),
    message: `${fieldOf([...path, 'matrix', name])}: ${message}`,
    fails: false,
  })
  const odd = names.flatMap(([name, values]) => [
    ...(/^\w+$/.test(name) ? [] : [at(name, `wanted a name of letters, digits and _, got ${quote(name)}.`)]),
    ...(values.length > 0 ? [] : [at(name, 'an empty list makes no test. Add values, or take it out.')]),
    ...(new Set(values).size === values.length
      ? []
      : [at(name, 'a value stands here twice. Take one of them out.')]),
  ])
  if (names.length === 0) {
    const message = `${fieldOf([...path, 'matrix'])}: a matrix without names. Add some, or take it out.`
    return [{ source: place.sourceOf(['matrix']), message, fails: false }]
  }
  const count = countOf(matrix)
  if (count <= MOST_COMBINATIONS) return odd
  const message = `${fieldOf([...path, 'matrix'])}: ${count} combinations: wanted at most ${MOST_COMBINATIONS}. Split the test.`
  return [...odd, { source: place.sourceOf(['matrix']), message, fails: false }]
}

function unknownNames(matrix: Matrix, mentions: readonly Mention[], place: Place): SuiteProblem[] {
  const names = Object.keys(matrix)
  return mentions
    .filter(({ name }) => !Object.hasOwn(matrix, name))
    .map(({ name, path }) => ({
      source: place.sourceOf(path),
      message: `\${${name}}: the matrix has no ${quote(name)}${nearOf(name, names)} Write $\${${name}} for the text itself.`,
      fails: false,
    }))
}

function nearOf(name: string, names: readonly string[]): string {
  return names.length === 0 ? '.' : `; did you mean \${${nearestName(name, names)}}?`
}
