import { dirname } from 'node:path'
import type { Manifest, Path } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { readFiles } from '../../src/state/read-files.ts'
import type { Written } from './read-case.ts'

/** The manifests of a path, relative to the suite, or those of an object that stands in the suite itself. */
export async function manifestsAt(value: unknown, written: Written, path: Path): Promise<Manifest[]> {
  return typeof value === 'string'
    ? manifestsOfFiles([value], written)
    : inlineManifests(value, written, path)
}

export async function manifestsOfFiles(paths: readonly string[], { file }: Written): Promise<Manifest[]> {
  const readings = await readFiles(paths, { cwd: dirname(file), readStdin: async () => '' })
  return readings.flatMap(({ manifests }) => manifests)
}

/** @param path where the object stands, below the test */
export function inlineManifests(value: unknown, { file, lineOf }: Written, path: Path): Manifest[] {
  return parseManifests(JSON.stringify(value), file).manifests.map((manifest) => ({
    ...manifest,
    source: { file, document: 1, line: lineOf(path) },
    lineOf: (below) => lineOf([...path, ...below]),
  }))
}
