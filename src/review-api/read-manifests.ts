import { Composer, Lexer, LineCounter, Parser, type Document } from 'yaml'
import { ManifestError, type Manifest } from '../state/manifest.ts'
import { manifestsOf, withoutMarks, YAML_OPTIONS, type ParsedManifests } from '../state/parse-manifests.ts'
import { Refusal } from './refuse.ts'

/** How much of a body is taken apart. Reading YAML costs a hundred times what reading JSON does, in time and in memory. */
export interface ManifestBounds {
  readonly objects: number
  /** of one pod: nobody else has a turn while one is decided */
  readonly containers: number
  /** levels of nesting */
  readonly depth: number
  /** words, marks and indentations of the text */
  readonly lexemes: number
  /** of one map or list: a document is put together in one go, in which nobody else has a turn */
  readonly entries: number
}

export const DEFAULT_BOUNDS: ManifestBounds = {
  objects: 200,
  containers: 100,
  depth: 100,
  // about 10,000 lines, and 50 MB
  lexemes: 120_000,
  entries: 1000,
}

/** What a body is called where something in it is named. */
export const FILE = 'request'

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
  const text = withoutMarks(body)
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
    const excess = meter.measure()
    if (excess !== undefined) throw tooComplex(`line ${lines.lineStarts.length}: ${excess}`)
    count += 1
    if (count % LEXEMES_A_STEP === 0) await breathe()
  }
  for (const token of parser.end()) take(composer.next(token))
  take(composer.end())
  return { manifests, empty }
}

/** Counts while the text is read, so that no hostile document is ever put together. */
class LexemeMeter {
  readonly #parser: Parser
  readonly #bounds: ManifestBounds
  #lexemes = 0

  constructor(parser: Parser, bounds: ManifestBounds) {
    this.#parser = parser
    this.#bounds = bounds
  }

  /** @returns what is exceeded, if anything is */
  measure(): string | undefined {
    const { depth, lexemes, entries } = this.#bounds
    this.#lexemes += 1
    if (this.#lexemes > lexemes)
      return `up to here there are more than ${lexemes} words and marks of YAML. Send fewer objects at a time`
    const { stack } = this.#parser
    // a document stands below, and a scalar or a key on top
    if (stack.length > depth + 3) return `it is nested more than ${depth} levels deep`
    const top = stack.at(-1)
    const isFull = top !== undefined && 'items' in top && (top.items?.length ?? 0) > entries
    return isFull ? `a map or a list has more than ${entries} entries` : undefined
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

function tooComplex(message: string): Refusal {
  return new Refusal('TooComplex', `${FILE}: ${message}.`)
}
