import { readFile } from 'node:fs/promises'
import { isObject } from '../../src/core/pod.ts'
import { ManifestError, type Manifest, type Path } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { combinationsOf, fill, titleOf, type Combination } from './fill-matrix.ts'
import { Misfit } from './strict-fields.ts'
import {
  readMatrix,
  readSuiteFrame,
  readTest,
  type Expectation,
  type Request,
  type State,
  type TestState,
} from './suite.ts'

/** One test of a suite, with one combination of its matrix filled in. */
export interface Case {
  readonly name: string
  /** of the suite, under that of the test */
  readonly state: State | undefined
  readonly testState: TestState | undefined
  readonly request: Request
  readonly expect: Expectation
  readonly written: Written
}

/** Where a test stands: for messages, and for the paths in it. */
export interface Written {
  readonly file: string
  readonly lineOf: (path: Path) => number
}

/** @throws ManifestError for what is no suite, with the line of the field that does not fit */
export async function readCases(file: string): Promise<Case[]> {
  return casesOf(await readFile(file, 'utf8'), file)
}

/** The tests of one suite. */
export function casesOf(suite: string, file: string): Case[] {
  const { manifests } = parseManifests(suite, file)
  const [manifest] = manifests
  if (manifest === undefined || manifests.length > 1) {
    throw new ManifestError({ file, line: 1 }, 'wanted one suite in the file.')
  }
  return withLines(manifest, () => {
    const { state, tests } = readSuiteFrame(manifest.object, [])
    return tests.flatMap((test, index) => {
      const path = ['tests', index]
      const read = (combination: Combination): Case => {
        const { name, request, state: testState, expect } = readTest(fill(test, combination), path)
        return {
          name: `${name}${titleOf(combination)}`,
          state,
          testState,
          request,
          expect: expectationFor(combination, expect, path),
          written: { file, lineOf: (below) => manifest.lineOf([...path, ...below]) },
        }
      }
      const matrix = readMatrix(isObject(test) ? test['matrix'] : undefined, [...path, 'matrix'])
      return combinationsOf(matrix).map(read)
    })
  })
}

/** The first expectation that fits the combination. */
function expectationFor(
  combination: Combination,
  expectations: readonly Expectation[],
  path: Path,
): Expectation {
  const fitting = expectations.find(({ when = {} }) =>
    Object.entries(when).every(([name, value]) => combination[name] === value),
  )
  if (fitting === undefined)
    throw new Misfit([...path, 'expect'], `nothing is expected of${titleOf(combination)}.`)
  return fitting
}

function withLines<T>(manifest: Manifest, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw new ManifestError({ file: manifest.source.file, line: manifest.lineOf(error.path) }, error.message)
  }
}
