import type * as z from 'zod'
import { isObject } from '../core/pod.ts'
import { ManifestError, type Manifest } from '../state/manifest.ts'
import { parseSuite } from './parse-suite.ts'
import { checked } from './check-schema.ts'
import { readTests } from './read-tests.ts'
import { suiteFrame } from './schema.ts'
import { tellError } from './tell-error.ts'
import { isBroken, type Place, type Suite, type SuiteProblem } from './suite.ts'

/**
 * Reads a suite: strictly, with the line of whatever does not fit. What is wrong with one test leaves the others as they
 * are.
 *
 * @param file what to call it in messages
 */
export function readSuite(text: string, file: string): Suite {
  const manifest = onlyManifest(text, file)
  if ('message' in manifest) return { name: '', file, tests: [], problems: [manifest] }
  const { data, problems, name, place } = readFrame(manifest)
  if (data === undefined) {
    return { name, file, tests: [], problems: [...problems, ...problemsOfTests(manifest, place)] }
  }
  if (data.tests.length === 0) {
    const message = 'a suite without tests tests nothing. Add one, or delete the file.'
    const problem: SuiteProblem = { source: place.sourceOf(['tests']), message, fails: true }
    return { name, file, tests: [], problems: [problem] }
  }
  return { name, file, tests: readTests(data, place), problems: [] }
}

function onlyManifest(text: string, file: string): Manifest | SuiteProblem {
  const start = { file, document: 1, line: 1 }
  try {
    const [manifest, other] = parseSuite(text, file)
    if (manifest === undefined)
      return { source: start, message: 'no suite: the file is empty.', fails: false }
    if (other === undefined) return manifest
    return {
      source: other.source,
      message: 'a second object: a file holds one suite. Give it a file of its own.',
      fails: false,
    }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    return tellError(error, start)
  }
}

/** All at once, not one after the other: what is wrong with the tests of a suite whose frame is broken. */
function problemsOfTests({ object: { tests } }: Manifest, place: Place): SuiteProblem[] {
  if (!Array.isArray(tests)) return []
  return readTests({ tests }, place).flatMap((test) => (isBroken(test) ? test.problems : []))
}

function readFrame(manifest: Manifest): {
  readonly data: z.infer<typeof suiteFrame> | undefined
  readonly problems: readonly SuiteProblem[]
  readonly name: string
  readonly place: Place
} {
  const { object, source } = manifest
  const place: Place = {
    file: source.file,
    sourceOf: (path) => ({ ...source, line: manifest.lineOf(path) }),
  }
  const name = isObject(object['metadata']) ? object['metadata']['name'] : undefined
  const { value, problems } = checked(suiteFrame, { ...object, tests: object['tests'] ?? [] }, [], place)
  return { data: value, problems, name: typeof name === 'string' ? name : '', place }
}
