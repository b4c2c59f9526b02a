import { Composer, LineCounter, Parser, type Document } from 'yaml'
import { objectOr } from '../core/cluster-facts.ts'
import { isObject, type JsonObject } from '../core/pod.ts'
import { fieldLines } from './field-lines.ts'
import type { LineOf } from './line-index.ts'
import { ManifestError, type Manifest, type Path } from './manifest.ts'
import { OLD_SCALARS } from './old-scalars.ts'
import { parseJson } from './parse-json.ts'
import { splitList } from './split-list.ts'

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
  const plain = text.replace(/^\uFEFF/, '')
  return parseWholeJson(plain, file) ?? parseLongList(plain, file) ?? parseDocuments(plain, file)
}

function parseWholeJson(text: string, file: string): ParsedManifests | undefined {
  const json = parseJson(text)
  if (json === undefined) return undefined
  return { manifests: [...flatten(json.value, { file, number: 1, lineOf: json.lineOf }, [])], empty: 0 }
}

/** Item by item; one that cannot be read alone, as it names an anchor of another, leaves it to be read whole. */
function parseLongList(text: string, file: string): ParsedManifests | undefined {
  const list = splitList(text)
  if (list === undefined) return undefined
  try {
    const frame = readAlone(list.frame, file, 1)
    const { apiVersion, kind } = objectOr(frame.value)
    if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !kind.endsWith('List')) return undefined
    const manifests = list.items.flatMap((item) => {
      const { value, lineOf } = readAlone(item.text, file, item.line)
      return [...flatten(withTypeOf(value, apiVersion, kind), { file, number: 1, lineOf }, [])]
    })
    return { manifests, empty: 0 }
  } catch (error) {
    if (error instanceof ManifestError) return undefined
    throw error
  }
}

/** Reads a text of one document that begins on `line` of its file. */
function readAlone(
  text: string,
  file: string,
  line: number,
): { readonly value: unknown; readonly lineOf: LineOf } {
  const source: Text = { file, text, lines: new LineCounter() }
  const [document, ...more] = documentsOf(source)
  if (document === undefined || more.length > 0) throw new ManifestError({ file, line }, 'not one document.')
  const lineOf = linesOf(document, source)
  return { value: valueOf(document, source), lineOf: (path) => lineOf(path) + line - 1 }
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
  const value = valueOf(document, source)
  if (value === null || value === undefined) return undefined
  return [...flatten(value, { file: source.file, number, lineOf: linesOf(document, source) }, [])]
}

/** One text of one or more documents. */
export interface Text {
  readonly file: string
  readonly text: string
  readonly lines: LineCounter
}

/** Where a value stands while a document is taken apart. */
interface Place {
  readonly file: string
  /** of the document, from 1 */
  readonly number: number
  readonly lineOf: LineOf
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

function linesOf({ contents }: Document.Parsed, { file, text, lines }: Text): LineOf {
  return fieldLines(contents, {
    lineAt: (offset) => lines.linePos(offset).line,
    onTwice(offset) {
      const { line, col } = lines.linePos(offset)
      throw new ManifestError(
        { file, line },
        `not YAML or JSON: a key stands twice in one map.${pointAt(text, lines, line, col)}`,
      )
    },
  })
}

function valueOf(document: Document.Parsed, { file, text, lines }: Text): unknown {
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new ManifestError(
      { file, line },
      `not YAML or JSON: ${error.message}.${pointAt(text, lines, line, col)}`,
    )
  }
  try {
    return document.toJS({ maxAliasCount: 1000, reviver: flatText })
  } catch (cause) {
    const { line } = lines.linePos(document.range[0])
    throw new ManifestError(
      { file, line },
      `not YAML or JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`,
    )
  }
}

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

const WIDEST = 100

/** The line, and a caret under the character at fault; of a long line what is around it. */
function pointAt(text: string, { lineStarts }: LineCounter, line: number, col: number): string {
  const start = lineStarts[line - 1] ?? 0
  const whole = text.slice(start, lineStarts[line] ?? text.length).replace(/[\r\n]+$/, '')
  const cut = Math.max(0, Math.min(col - WIDEST / 2, whole.length - WIDEST))
  const shown = whole.slice(cut, cut + WIDEST).replaceAll(/\p{Cc}/gu, ' ')
  return `\n  ${shown}\n  ${' '.repeat(Math.max(0, col - 1 - cut))}^`
}

function* flatten(value: unknown, place: Place, path: Path): Iterable<Manifest> {
  const at = { file: place.file, line: place.lineOf(path) }
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
  { file, number, lineOf }: Place,
  path: Path,
): Manifest {
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

function missing(field: string): string {
  return `a Kubernetes object without ${field}. Add it, or take the document out.`
}

function typeName(value: unknown): string {
  if (value === null) return 'nothing'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
