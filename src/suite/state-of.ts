import { nearNames } from '../core/near-names.ts'
import type { Manifest, Path } from '../state/manifest.ts'
import type { Files } from './files.ts'
import { inlineManifests, manifestsAt, manifestsOfFile } from './manifests-at.ts'
import { withoutReplaced } from './replace-instances.ts'
import type { State } from './schema.ts'
import { makeInstance } from './shorthand-instance.ts'
import type { Place, SuiteTest } from './suite.ts'
import { Unusable } from './unusable.ts'

/** For objects that name none, in the state too. */
export const DEFAULT_NAMESPACE = 'default'

/**
 * The objects that a test sees: the suite's state, with the test's own shorthand in place of the suite's for the same
 * key, without what the test removes, with what it adds.
 *
 * @throws Unusable for what is not there
 */
export async function stateOf(
  { state, testState, place, suitePlace }: SuiteTest,
  disk: Files,
): Promise<Manifest[]> {
  const files = [
    ...(await manifestsOf(state?.files, disk, suitePlace)),
    ...(await manifestsOf(testState?.files, disk, place)),
  ]
  const base = [
    ...withoutReplaced(files, testState?.instances ?? [], DEFAULT_NAMESPACE),
    ...shorthand(state, testState, { place, suitePlace }),
  ]
  const kept = without(base, testState?.remove ?? [], place)
  const added = await Promise.all(
    (testState?.add ?? []).map((one, index) => manifestsAt(one, disk, place, ['state', 'add', index])),
  )
  return [...kept, ...added.flat()]
}

async function manifestsOf(
  patterns: readonly string[] = [],
  files: Files,
  place: Place,
): Promise<readonly Manifest[]> {
  const found = await Promise.all(
    patterns.map(async (pattern, index) => {
      const path: Path = ['state', 'files', index]
      const paths = await files.find(pattern, place.file)
      if (paths.length === 0) {
        const isGlob = WILDCARD.test(pattern)
        const what = isGlob ? 'no file fits' : 'no such file:'
        throw new Unusable(
          place,
          path,
          `${what} ${files.shown(pattern, place.file)}. Paths start at the folder of the suite.`,
          { fails: isGlob },
        )
      }
      return Promise.all(paths.map((one) => manifestsOfFile(one, files, place, path)))
    }),
  )
  // a file that two globs find is read once
  return [...new Set(found.flat(2))]
}

const WILDCARD = /[*?[\]{}()!]/

/** What a test says in short goes before what the suite says of the same key. */
function shorthand(
  state: State | undefined,
  testState: State | undefined,
  { place, suitePlace }: Pick<SuiteTest, 'place' | 'suitePlace'>,
): Manifest[] {
  const objects = new Map<string, readonly Manifest[]>()
  for (const [said, at] of [
    [state, suitePlace],
    [testState, place],
  ] as const) {
    for (const [name, labels] of Object.entries(said?.namespaces ?? {})) {
      objects.set(name, inlineManifests(namespaceOf(name, labels), at, ['state', 'namespaces', name]))
    }
    for (const [index, one] of (said?.instances ?? []).entries()) {
      const made = makeInstance(one).flatMap((object) =>
        inlineManifests(object, at, ['state', 'instances', index]),
      )
      objects.set(`${one.namespace}/${one.appId}`, made)
    }
  }
  return [...objects.values()].flat()
}

function namespaceOf(name: string, labels: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
  }
}

function without(
  manifests: readonly Manifest[],
  removed: readonly string[],
  place: Place,
): readonly Manifest[] {
  if (removed.length === 0) return manifests
  const names = manifests.map(nameOf)
  const known = new Set(names)
  for (const [index, name] of removed.entries()) {
    if (known.has(name)) continue
    const near = nearNames(name, known)
    const cure = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `There is ${few([...known])}.`
    throw new Unusable(
      place,
      ['state', 'remove', index],
      `${name} is to be removed, but the state does not have it. ${cure}`,
    )
  }
  const gone = new Set(removed)
  return manifests.filter((_, index) => !gone.has(names[index] ?? ''))
}

const CLUSTER_WIDE: ReadonlySet<string> = new Set(['Namespace', 'DaprSharedPolicy'])

/** `DaemonSet/shop/orders`, `Namespace/shop` */
function nameOf({ kind, namespace, name }: Manifest): string {
  return CLUSTER_WIDE.has(kind) ? `${kind}/${name}` : `${kind}/${namespace || DEFAULT_NAMESPACE}/${name}`
}

const MOST = 6

function few(names: readonly string[]): string {
  if (names.length === 0) return 'nothing in it'
  const more = names.length > MOST ? ` and ${names.length - MOST} more` : ''
  return `${names.slice(0, MOST).join(', ')}${more}`
}
