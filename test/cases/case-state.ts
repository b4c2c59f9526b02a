import { glob } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ManifestError, type Manifest } from '../../src/state/manifest.ts'
import { inlineManifests, manifestsAt, manifestsOfFiles } from './case-manifests.ts'
import type { Case, Written } from './read-case.ts'
import { makeInstance } from './shorthand-instance.ts'
import type { InstanceShorthand, State } from './suite.ts'

/**
 * The objects that a test sees: the suite's state, with the test's own shorthand in place of the suite's for the same
 * key, without what the test removes, with what it adds.
 */
export async function stateOf({ state, testState, written }: Case): Promise<Manifest[]> {
  const globs = [...(state?.files ?? []), ...(testState?.files ?? [])]
  const files = (await Promise.all(globs.map((pattern) => filesOf(pattern, written)))).flat()
  const objects = [
    ...namespacesOf({ ...state?.namespaces, ...testState?.namespaces }),
    ...mergeInstances(state, testState).flatMap(makeInstance),
  ]
  const base = [
    ...(await manifestsOfFiles(files, written)),
    ...objects.flatMap((object) => inlineManifests(object, written, ['state'])),
  ]
  const added = (testState?.add ?? []).map((one, index) => manifestsAt(one, written, ['state', 'add', index]))
  return [...without(base, testState?.remove ?? [], written), ...(await Promise.all(added)).flat()]
}

async function filesOf(pattern: string, written: Written): Promise<string[]> {
  const files: string[] = []
  for await (const file of glob(pattern, { cwd: dirname(written.file) })) files.push(file)
  if (files.length === 0) throw problem(written, `no file fits ${pattern}.`)
  return files.toSorted()
}

function namespacesOf(labels: Readonly<Record<string, Readonly<Record<string, string>>>>): object[] {
  return Object.entries(labels).map(([name, own]) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...own } },
  }))
}

function mergeInstances(state: State | undefined, testState: State | undefined): InstanceShorthand[] {
  const instances = [...(state?.instances ?? []), ...(testState?.instances ?? [])]
  return [...new Map(instances.map((one) => [`${one.namespace}/${one.appId}`, one])).values()]
}

function without(manifests: readonly Manifest[], removed: readonly string[], written: Written): Manifest[] {
  const names = manifests.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`)
  const stray = removed.find((name) => !names.includes(name))
  if (stray !== undefined) throw problem(written, `${stray} is to be removed, but not there.`)
  return manifests.filter((_, index) => !removed.includes(names[index] ?? ''))
}

function problem({ file, lineOf }: Written, text: string): ManifestError {
  return new ManifestError({ file, line: lineOf(['state']) }, text)
}
