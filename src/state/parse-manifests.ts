import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node } from 'yaml'
import { isObject, type JsonObject } from '../core/pod.ts'
import { ManifestError, type Manifest, type Path } from './manifest.ts'
import { OLD_SCALARS } from './old-scalars.ts'

/** The objects of one text, and how many of its documents were empty. */
export interface ParsedManifests {
  readonly manifests: readonly Manifest[]
  readonly empty: number
}

/**
 * Reads YAML or JSON manifests: several documents, Lists taken apart, CRLF, a byte order mark, anchors and merge keys.
 *
 * @param file what to call the text in messages
 * @throws ManifestError for what is no YAML or JSON, or an object without apiVersion or kind
 */
export function parseManifests(text: string, file: string): ParsedManifests {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    merge: true,
    prettyErrors: true,
    customTags: (tags) => [...OLD_SCALARS, ...tags],
  })
  // an empty text gives an object that says so instead of a list
  const list = Array.isArray(documents) ? documents : []
  const manifests: Manifest[] = []
  let empty = 0
  list.forEach((document, index) => {
    const place = { file, document: index + 1, lines, root: document }
    const value = readDocument(place)
    if (value === null || value === undefined) empty += 1
    else manifests.push(...flatten(value, place, []))
  })
  return { manifests, empty }
}

/** Where a value stands while a document is taken apart. */
interface Place {
  readonly file: string
  readonly document: number
  readonly lines: LineCounter
  readonly root: Document.Parsed
}

function readDocument({ file, lines, root }: Place): unknown {
  const [error] = root.errors
  if (error !== undefined) {
    throw new ManifestError(
      { file, line: lines.linePos(error.pos[0]).line },
      `not YAML or JSON: ${error.message}`,
    )
  }
  try {
    return root.toJS({ maxAliasCount: 1000 })
  } catch (cause) {
    const line = lines.linePos(root.range[0]).line
    throw new ManifestError(
      { file, line },
      `not YAML or JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`,
    )
  }
}

function* flatten(value: unknown, place: Place, path: Path): Iterable<Manifest> {
  const at = { file: place.file, line: lineIn(place, path) }
  if (!isObject(value)) throw new ManifestError(at, `wanted a Kubernetes object, got ${typeName(value)}.`)
  const { apiVersion, kind, items } = value
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new ManifestError(at, missing('apiVersion'))
  if (typeof kind !== 'string' || kind === '') throw new ManifestError(at, missing('kind'))
  if (kind.endsWith('List') && Array.isArray(items)) {
    for (let index = 0; index < items.length; index++) {
      yield* flatten(withTypeOf(items[index], apiVersion, kind), place, [...path, 'items', index])
    }
    return
  }
  yield makeManifest({ object: value, apiVersion, kind }, place, path)
}

/** Items of a typed list (`PodList`) may leave out what the list's own kind says. */
function withTypeOf(item: unknown, apiVersion: string, listKind: string): unknown {
  const itemKind = listKind.slice(0, -'List'.length)
  if (!isObject(item) || itemKind === '' || item['kind'] !== undefined) return item
  return { apiVersion, kind: itemKind, ...item }
}

function makeManifest(
  { object, apiVersion, kind }: { object: JsonObject; apiVersion: string; kind: string },
  place: Place,
  path: Path,
): Manifest {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {}
  const { name, generateName, namespace } = metadata
  return {
    source: { file: place.file, document: place.document, line: lineIn(place, path) },
    object,
    apiVersion,
    kind,
    name: typeof name === 'string' ? name : typeof generateName === 'string' ? generateName : '',
    namespace: typeof namespace === 'string' ? namespace : '',
    lineOf: (field) => lineIn(place, [...path, ...field]),
  }
}

/** The line of the deepest part of `path` that is written down. */
function lineIn({ lines, root }: Place, path: Path): number {
  let node: unknown = root.contents
  let offset = root.contents?.range?.[0] ?? 0
  for (const step of path) {
    const next = stepInto(node, step)
    if (next === undefined) break
    offset = next.offset
    node = next.node
  }
  return lines.linePos(offset).line
}

function stepInto(node: unknown, step: string | number): { node: unknown; offset: number } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
    const offset = (pair?.key as Node | undefined)?.range?.[0]
    return pair === undefined || offset === undefined ? undefined : { node: pair.value, offset }
  }
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step] as Node | undefined
    const offset = item?.range?.[0]
    return item === undefined || offset === undefined ? undefined : { node: item, offset }
  }
  return undefined
}

function missing(field: string): string {
  return `a Kubernetes object without ${field}. Add it, or take the document out.`
}

function typeName(value: unknown): string {
  if (value === null) return 'nothing'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
