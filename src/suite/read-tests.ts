import { isObject } from '../core/pod.ts'
import { fieldOf, type Path } from '../state/manifest.ts'
import { checkExpectation } from './check-expectation.ts'
import { checkRequest } from './check-request.ts'
import { checked } from './check-schema.ts'
import { chooser } from './choose-expectation.ts'
import { combinationsOf, fill, titleOf, type Combination, type Matrix } from './fill-matrix.ts'
import { readMatrix } from './read-matrix.ts'
import { expectationSchema, testFrame, type Expectation, type State } from './schema.ts'
import type { BrokenTest, Place, SuiteProblem, SuiteTest } from './suite.ts'

type Tests = (SuiteTest | BrokenTest)[]

/** The tests of a suite, one for each combination of a matrix. */
export function readTests(
  { state, tests }: { readonly state?: State | undefined; readonly tests: readonly unknown[] },
  place: Place,
): Tests {
  const seen = new Map<string, number>()
  return tests.flatMap((written, index) => {
    const path = ['tests', index]
    const name = nameOf(written, index)
    const own = below(place, path)
    const twin = seen.get(name)
    if (twin !== undefined) {
      const source = own.sourceOf(['name'])
      return broken(name, own, [
        problem(source, `a test of this name stands at line ${twin} too. Tell them apart.`),
      ])
    }
    seen.set(name, own.sourceOf(['name']).line)
    return readTest(written, { name, path, place: own, suitePlace: place, state })
  })
}

interface Written {
  readonly name: string
  /** from the top of the suite, for the names of fields */
  readonly path: Path
  readonly place: Place
  readonly suitePlace: Place
  readonly state: State | undefined
}

function readTest(written: unknown, { name, path, place, suitePlace, state }: Written): Tests {
  if (!isObject(written)) {
    return broken(name, place, [problem(place.sourceOf([]), `${fieldOf(path)}: wanted a test, an object.`)])
  }
  const { matrix, problems } = readMatrix(written, path, place)
  if (matrix === undefined) return broken(name, place, problems)
  const combinations = combinationsOf(matrix)
  const filled = combinations.map((combination) =>
    readFilled(matrixFilled(written, matrix, combination), path, place),
  )
  const wrong = unique(filled.flatMap((one) => one.problems))
  const tests = filled.flatMap(({ test }) => test ?? [])
  if (wrong.length > 0) return broken(name, place, wrong)

  const choice = chooser(matrix, place)
  const chosen = tests.map(({ expectations, ...test }, index) => {
    const combination = combinations[index] ?? new Map()
    return { ...test, name: `${name}${titleOf(combination)}`, ...choice.of(combination, expectations) }
  })
  const odd = chosen.flatMap(({ expect, expectPath }) =>
    expect === undefined ? [] : checkExpectation(expect, expectPath, place),
  )
  const unusable = unique([...choice.problems(tests[0]?.expectations ?? []), ...odd])
  if (unusable.length > 0) return broken(name, place, unusable)
  return chosen.flatMap(({ expect, ...test }) =>
    expect === undefined ? [] : { ...test, state, expect, place, suitePlace },
  )
}

/** Text of a test without a matrix is left alone, so that a shell's `${HOME}` needs no care there. */
function matrixFilled(written: object, matrix: Matrix, combination: Combination): unknown {
  const { matrix: _, ...test } = written as { matrix?: unknown }
  return Object.keys(matrix).length === 0 ? test : fill(test, combination)
}

interface Filled {
  readonly testState: SuiteTest['testState']
  readonly request: SuiteTest['request']
  readonly expectations: readonly { readonly expect: Expectation; readonly path: Path }[]
}

function readFilled(
  test: unknown,
  path: Path,
  place: Place,
): { readonly test: Filled | undefined; readonly problems: readonly SuiteProblem[] } {
  const fromTop: Place = { ...place, sourceOf: (deep) => place.sourceOf(deep.slice(path.length)) }
  const { value, problems } = checked(testFrame, test, path, fromTop)
  const written = isObject(test) ? test['expect'] : undefined
  const expected = readExpectations(written, path, place, fromTop)
  const all = [
    ...problems,
    ...expected.problems,
    ...(value === undefined ? [] : checkRequest(value.request, place)),
  ]
  if (value === undefined || all.length > 0) return { test: undefined, problems: all }
  return {
    test: { testState: value.state, request: value.request, expectations: expected.expectations },
    problems: [],
  }
}

function readExpectations(
  written: unknown,
  path: Path,
  place: Place,
  fromTop: Place,
): { readonly expectations: Filled['expectations']; readonly problems: readonly SuiteProblem[] } {
  const list = Array.isArray(written) ? written : [written ?? undefined]
  if (list.length === 0 || list.some((one) => one === undefined || one === null)) {
    const message =
      'a test without "expect" tests nothing. Say what the answer must be, such as expect: {allowed: true}.'
    return { expectations: [], problems: [{ source: place.sourceOf(['expect']), message, fails: true }] }
  }
  const read = list.map((one: unknown, index) => {
    const at: Path = Array.isArray(written) ? ['expect', index] : ['expect']
    const { value, problems } = checked(expectationSchema, one, [...path, ...at], fromTop)
    return { value, path: at, problems }
  })
  return {
    expectations: read.flatMap(({ value, path: at }) =>
      value === undefined ? [] : { expect: value, path: at },
    ),
    problems: read.flatMap((one) => one.problems),
  }
}

function nameOf(written: unknown, index: number): string {
  const name = isObject(written) ? written['name'] : undefined
  return typeof name === 'string' && name !== '' ? name : `tests[${index}]`
}

function below(place: Place, path: Path): Place {
  return { ...place, sourceOf: (more) => place.sourceOf([...path, ...more]) }
}

function broken(name: string, place: Place, problems: readonly SuiteProblem[]): BrokenTest[] {
  const [first, ...more] = problems
  return first === undefined ? [] : [{ name, place, problems: [first, ...more] }]
}

function problem(source: SuiteProblem['source'], message: string): SuiteProblem {
  return { source, message, fails: false }
}

/** Each combination of a matrix has the same mistake: it is told once. */
function unique(problems: readonly SuiteProblem[]): SuiteProblem[] {
  return [...new Map(problems.map((one) => [`${one.source.line} ${one.message}`, one])).values()]
}
