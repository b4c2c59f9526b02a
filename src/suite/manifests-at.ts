import { isObject, type JsonObject } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import type { Manifest, Path } from '../state/manifest.ts'
import type { Files } from './files.ts'
import type { Place } from './suite.ts'
import { Unusable } from './unusable.ts'

/**
 * The manifests of a path, or those of an object that stands in the suite itself.
 *
 * @param path where it stands, below the test
 * @throws Unusable where there is no such file, or what stands there is no Kubernetes object
 */
export async function manifestsAt(
  value: string | JsonObject,
  files: Files,
  place: Place,
  path: Path,
): Promise<readonly Manifest[]> {
  return typeof value === 'string'
    ? manifestsOfFile(value, files, place, path)
    : inlineManifests(value, place, path)
}

export async function manifestsOfFile(
  file: string,
  files: Files,
  place: Place,
  path: Path,
): Promise<readonly Manifest[]> {
  const manifests = await files.manifests(file, place.file)
  if (manifests !== undefined) return manifests
  throw new Unusable(
    place,
    path,
    `no such file: ${files.shown(file, place.file)}. Paths start at the folder of the suite.`,
  )
}

/** The objects that stand at `path` of the suite, Lists taken apart. */
export function inlineManifests(value: unknown, place: Place, path: Path): Manifest[] {
  if (!isObject(value)) throw new Unusable(place, path, 'wanted a Kubernetes object.')
  const { apiVersion, kind, items } = value
  if (typeof apiVersion !== 'string' || apiVersion === '' || typeof kind !== 'string' || kind === '') {
    const field = typeof apiVersion !== 'string' || apiVersion === '' ? 'apiVersion' : 'kind'
    throw new Unusable(place, path, `a Kubernetes object without ${field}. Add it.`)
  }
  if (kind === 'List' && Array.isArray(items)) {
    return items.flatMap((item, index) => inlineManifests(item, place, [...path, 'items', index]))
  }
  return [manifestOf(value, apiVersion, kind, place, path)]
}

function manifestOf(
  object: JsonObject,
  apiVersion: string,
  kind: string,
  place: Place,
  path: Path,
): Manifest {
  const { name, generateName, namespace } = isObject(object['metadata']) ? object['metadata'] : {}
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return {
    source: place.sourceOf(path),
    object,
    apiVersion,
    kind,
    name: text(name) || text(generateName),
    namespace: text(namespace),
    lineOf: (below) => place.sourceOf([...path, ...below]).line,
  }
}

/**
 * The one object of a path, or the one that stands in the suite.
 *
 * @throws Unusable where there are more, or none
 */
export async function onlyManifestAt(
  value: string | JsonObject,
  files: Files,
  place: Place,
  path: Path,
): Promise<Manifest> {
  const [manifest, other] = await manifestsAt(value, files, place, path)
  const what = typeof value === 'string' ? files.shown(value, place.file) : 'the list'
  if (manifest === undefined) throw new Unusable(place, path, `${what} has no object.`)
  if (other === undefined) return manifest
  throw new Unusable(
    place,
    path,
    `${what} has several objects, ${manifest.kind} ${quote(manifest.name)} and ${other.kind} ${quote(other.name)} among them: wanted one. ` +
      'Put what a test is about into a file of its own.',
  )
}
