import { Composer, Lexer, LineCounter, Parser, type Document } from 'yaml'
import { isObject } from '../core/pod.ts'
import { ManifestError, type Manifest } from '../state/manifest.ts'
import { manifestsOf, YAML_OPTIONS, type ParsedManifests } from '../state/parse-manifests.ts'
import { Refusal } from './refuse.ts'

/** How much of a body is taken apart. Reading YAML costs a hundred times what reading JSON does, in time and in memory. */
export interface ManifestBounds {
  readonly objects: number
  /** levels of nesting */
  readonly depth: number
  /** words, marks and indentations of the text */
  readonly lexemes: number
  /** of one map: the parser compares each key with all others */
  readonly keys: number
  /** characters and values of an object whose aliases are written out */
  readonly expanded: number
}

export const DEFAULT_BOUNDS: ManifestBounds = {
  objects: 200,
  depth: 100,
  // about 10,000 lines, and 50 MB
  lexemes: 120_000,
  keys: 1000,
  expanded: 4 * 1024 * 1024,
}

/** What a body is called where something in it is named. */
export const FILE = 'request'

/** What precedes a scalar among the lexemes: the next may begin with any character. */
const SCALAR_MARK = '\u001F'
/** Even a look at the clock costs more than a lexeme. */
const LEXEMES_A_STEP = 64

/**
 * Reads manifests as a command reads a file, but a little at a time, and no more than is bearable.
 *
 * @param breathe is awaited between two steps
 * @throws Refusal for too much, or for what is no Kubernetes object; it says on which line
 */
export async function readManifests(
  body: string,
  bounds: ManifestBounds,
  breathe: () => Promise<void> | undefined,
): Promise<ParsedManifests> {
  const text = body.replace(/^\uFEFF/, '')
  const lines = new LineCounter()
  const parser = new Parser(lines.addNewLine)
  const composer = new Composer(YAML_OPTIONS)
  const meter = new LexemeMeter(parser, bounds)
  const manifests: Manifest[] = []
  let empty = 0
  let number = 0
  const take = (documents: Iterable<Document.Parsed>): void => {
    for (const document of documents) {
      number += 1
      const found = orRefused(() => manifestsOf(document, number, { file: FILE, text, lines }))
      if (found === undefined) empty += 1
      else manifests.push(...found)
      if (manifests.length > bounds.objects)
        throw tooComplex(`there are more than ${bounds.objects} objects. Send fewer at a time`)
    }
  }

  // as Parser.parse, which cannot be interrupted
  lines.addNewLine(0)
  let count = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) take(composer.next(token))
    const excess = meter.measure(lexeme)
    if (excess !== undefined) throw tooComplex(`line ${lines.lineStarts.length}: ${excess}`)
    count += 1
    if (count % LEXEMES_A_STEP === 0) await breathe()
  }
  for (const token of parser.end()) take(composer.next(token))
  take(composer.end())
  if (meter.sawAlias) refuseSwollen(manifests, bounds.expanded)
  return { manifests, empty }
}

/** Counts while the text is read, so that no hostile document is ever put together. */
class LexemeMeter {
  readonly #parser: Parser
  readonly #bounds: ManifestBounds
  #lexemes = 0
  #beforeScalar = false
  sawAlias = false

  constructor(parser: Parser, bounds: ManifestBounds) {
    this.#parser = parser
    this.#bounds = bounds
  }

  /** @returns what is exceeded, if anything is */
  measure(lexeme: string): string | undefined {
    const { depth, lexemes, keys } = this.#bounds
    if (lexeme.startsWith('*') && !this.#beforeScalar) this.sawAlias = true
    this.#beforeScalar = lexeme === SCALAR_MARK
    this.#lexemes += 1
    if (this.#lexemes > lexemes)
      return `up to here there are more than ${lexemes} words and marks of YAML. Send fewer objects at a time`
    const { stack } = this.#parser
    // a document stands below, and a scalar or a key on top
    if (stack.length > depth + 3) return `it is nested more than ${depth} levels deep`
    const top = stack.at(-1)
    const isMap =
      top?.type === 'block-map' || (top?.type === 'flow-collection' && top.start.type === 'flow-map-start')
    return isMap && top.items.length > keys ? `a map has more than ${keys} keys` : undefined
  }
}

/** Nothing of the text goes back but its line. */
function orRefused<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof ManifestError)) throw cause
    throw new Refusal('BadManifest', firstLineOf(cause.message), { cause })
  }
}

function firstLineOf(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}

/** A few aliases of one large value make an object that nobody sent. */
function refuseSwollen(manifests: readonly Manifest[], most: number): void {
  for (const { object, source } of manifests) {
    if (isLarger(object, most))
      throw tooComplex(`line ${source.line}: with its aliases written out, an object is too large`)
  }
}

/** Stops as soon as it knows: what aliases say a thousand times would be walked as often. */
function isLarger(root: unknown, most: number): boolean {
  const left = [root]
  let size = 0
  while (left.length > 0) {
    const value = left.pop()
    size += typeof value === 'string' ? value.length + 1 : 1
    if (size > most) return true
    if (Array.isArray(value)) for (const item of value) left.push(item)
    else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        size += key.length
        left.push(item)
      }
    }
  }
  return false
}

function tooComplex(message: string): Refusal {
  return new Refusal('TooComplex', `${FILE}: ${message}.`)
}
