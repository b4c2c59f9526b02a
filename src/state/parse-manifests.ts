import { Composer, LineCounter, Parser, type Document } from 'yaml'
import { objectOr } from '../core/cluster-facts.ts'
import { isObject, type JsonObject } from '../core/pod.ts'
import { fieldLines } from './field-lines.ts'
import type { LineOf } from './line-index.ts'
import { ManifestError, type Manifest, type Path } from './manifest.ts'
import { OLD_SCALARS } from './old-scalars.ts'
import { parseJson } from './parse-json.ts'
import { splitDocuments, splitObjects, type TextPart } from './split-json.ts'
import { splitList } from './split-list.ts'
import { renderFirst } from './unrendered.ts'
import { isLarger, MOST_WRITTEN_OUT } from './written-out.ts'
import { aliasProblem, lineAt, problemAt, syntaxProblem, TOO_DEEP, type Text } from './yaml-problem.ts'

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
  const plain = withoutMarks(text)
  try {
    return parseJsonDocuments(plain, file) ?? parseLongList(plain, file) ?? parseDocuments(plain, file)
  } catch (error) {
    // the stack is at its end
    if (!(error instanceof RangeError)) throw error
    throw new ManifestError({ file, line: 1 }, `not YAML or JSON: ${TOO_DEEP}.`, { cause: error })
  }
}

/** Without the byte order mark that each document may begin with: files are put together as they are. */
export function withoutMarks(text: string): string {
  return text.includes('\uFEFF') ? text.replaceAll(/^\uFEFF/gm, '') : text
}

/** @returns nothing for a text of which a part is neither JSON nor a document in braces */
function parseJsonDocuments(text: string, file: string): ParsedManifests | undefined {
  if (!/^\s*(?:---\s+)*\{/.test(text)) return undefined
  const manifests: Manifest[] = []
  let empty = 0
  let number = 0
  for (const part of splitDocuments(text)) {
    const whole = parseJson(part.text, part.line)
    for (const object of whole === undefined ? splitObjects(part) : [part]) {
      number += 1
      if (object.text.trim() === '') {
        empty += 1
        continue
      }
      const read = whole ?? parseJson(object.text, object.line) ?? readAlone(object, file)
      if (read === undefined) return undefined
      manifests.push(...flatten(read.value, { ...read, file, number }, []))
    }
  }
  return { manifests, empty }
}

/** Item by item; one that cannot be read alone, as it names an anchor of another, leaves it to be read whole. */
function parseLongList(text: string, file: string): ParsedManifests | undefined {
  const list = splitList(text)
  if (list === undefined) return undefined
  try {
    const { apiVersion, kind } = objectOr(readAlone({ text: list.frame, line: 1 }, file)?.value)
    if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !kind.endsWith('List')) return undefined
    const manifests: Manifest[] = []
    for (const item of list.items) {
      const read = readAlone(item, file)
      if (read === undefined) return undefined
      manifests.push(...flatten(withTypeOf(read.value, apiVersion, kind), { ...read, file, number: 1 }, []))
    }
    return { manifests, empty: 0 }
  } catch (error) {
    if (error instanceof ManifestError) return undefined
    throw error
  }
}

/** What was read of a text: its value, and where its fields stand. */
interface Read {
  readonly value: unknown
  readonly lineOf: LineOf
  /** parts of the value may stand in it many times */
  readonly hasAnchors?: boolean
}

/** @returns nothing for a text that is not one document */
function readAlone({ text, line }: TextPart, file: string): Read | undefined {
  const lines = new LineCounter()
  const [document, ...more] = documentsOf({ file, text, lines })
  if (document === undefined || more.length > 0) return undefined
  return readDocument(document, { file, text, lines, before: line - 1 })
}

function parseDocuments(text: string, file: string): ParsedManifests {
  const source: Text = { file, text, lines: new LineCounter() }
  const manifests: Manifest[] = []
  let empty = 0
  let number = 0
  for (const document of documentsOf(source)) {
    number += 1
    const found = manifestsOf(document, number, source)
    if (found === undefined) empty += 1
    else manifests.push(...found)
  }
  return { manifests, empty }
}

/**
 * The objects of one document; nothing where it is empty.
 *
 * @param number of the document, from 1
 * @throws ManifestError as {@link parseManifests}
 */
export function manifestsOf(
  document: Document.Parsed,
  number: number,
  source: Text,
): readonly Manifest[] | undefined {
  const read = readDocument(document, source)
  if (read.value === null || read.value === undefined) return undefined
  return [...flatten(read.value, { ...read, file: source.file, number }, [])]
}

/** Where a value stands while a document is taken apart. */
interface Place extends Pick<Read, 'lineOf' | 'hasAnchors'> {
  readonly file: string
  /** of the document, from 1 */
  readonly number: number
}

/** One document after the other: their nodes take many times the room of the text. */
function* documentsOf({ text, lines }: Text): Generator<Document.Parsed> {
  const composer = new Composer(YAML_OPTIONS)
  yield* composer.compose(new Parser(lines.addNewLine).parse(text))
}

/** Manifests as kubectl reads them. */
export const YAML_OPTIONS: ConstructorParameters<typeof Composer>[0] = {
  merge: true,
  // compares each key with all others; fieldLines looks for them
  uniqueKeys: false,
  customTags: (tags) => [...OLD_SCALARS, ...tags],
}

function readDocument(document: Document.Parsed, source: Text): Read {
  const [error] = document.errors
  if (error !== undefined) throw syntaxProblem(error, source)
  const lineOf = fieldLines(document.contents, {
    lineAt: (offset) => lineAt(offset, source),
    onTwice(offset) {
      throw problemAt('a key stands twice in one map', offset, source)
    },
  })
  let hasAnchors = false
  try {
    const value: unknown = document.toJS({
      maxAliasCount: MOST_ALIASES,
      onAnchor: () => (hasAnchors = true),
      reviver: flatText,
    })
    return { value, lineOf, hasAnchors }
  } catch (cause) {
    throw aliasProblem(cause, document, source)
  }
}

/** Times what each stands for. A List may well use one in a thousand items. */
const MOST_ALIASES = 10_000

/**
 * The library puts quoted texts together letter by letter, and V8 keeps the pieces, at some thirty bytes a letter, until
 * somebody looks at a letter of the whole.
 */
function flatText(_key: unknown, value: unknown): unknown {
  if (typeof value === 'string' && value.length > SHORT) LETTER.test(value)
  return value
}

const SHORT = 100
const LETTER = /x/

function* flatten(value: unknown, place: Place, path: Path): Iterable<Manifest> {
  const at = { file: place.file, line: place.lineOf(path) }
  if (!isObject(value)) throw new ManifestError(at, `wanted a Kubernetes object, got ${typeName(value)}.`)
  const { apiVersion, kind, items } = value
  if (typeof apiVersion !== 'string' || apiVersion === '')
    throw new ManifestError(at, missing('apiVersion', place.file))
  if (typeof kind !== 'string' || kind === '') throw new ManifestError(at, missing('kind', place.file))
  // Go writes a list of nothing as null
  if (kind.endsWith('List') && items === null) return
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
  { file, number, lineOf, hasAnchors }: Place,
  path: Path,
): Manifest {
  if (hasAnchors && isLarger(object, MOST_WRITTEN_OUT)) {
    throw new ManifestError(
      { file, line: lineOf(path) },
      'with its aliases written out, the object is larger than 4 MiB, which no API server takes.',
    )
  }
  const metadata = objectOr(object['metadata'])
  const text = (field: string): string => {
    const value = metadata[field] ?? ''
    if (typeof value === 'string') return value
    const line = lineOf([...path, 'metadata', field])
    throw new ManifestError(
      { file, line },
      `metadata.${field}: wanted a string (quote it), got ${JSON.stringify(value)}.`,
    )
  }
  return {
    source: { file, document: number, line: lineOf(path) },
    object,
    apiVersion,
    kind,
    name: text('name') || text('generateName'),
    namespace: text('namespace'),
    lineOf: (field) => lineOf([...path, ...field]),
  }
}

function missing(field: string, file: string): string {
  return `a Kubernetes object without ${field}. ${renderFirst(file) ?? 'Add it, or take the document out.'}`
}

function typeName(value: unknown): string {
  if (value === null) return 'nothing'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
