import { isNode, visit, type Document, type LineCounter, type YAMLParseError } from 'yaml'
import { ManifestError } from './manifest.ts'

/** One text of one or more documents. */
export interface Text {
  readonly file: string
  readonly text: string
  readonly lines: LineCounter
  /** how many lines of the file stand before it */
  readonly before?: number
}

/** The line of its file, from 1. */
export function lineAt(offset: number, { lines, before = 0 }: Text): number {
  return lines.linePos(offset).line + before
}

/** What is no YAML or JSON, with the line, and a caret under the character at fault. */
export function problemAt(problem: string, offset: number, source: Text): ManifestError {
  const at = { file: source.file, line: lineAt(offset, source) }
  return new ManifestError(at, `not YAML or JSON: ${problem}.${pointAt(offset, source)}`)
}

export const TOO_DEEP = 'nested too deeply: no Kubernetes object is'

export function syntaxProblem({ code, message, pos: [offset] }: YAMLParseError, source: Text): ManifestError {
  if (message.startsWith('Maximum call stack')) return problemAt(TOO_DEEP, offset, source)
  const deeper = code === 'BLOCK_AS_IMPLICIT_KEY' ? deeperLine(offset, source) : undefined
  if (deeper === undefined) return problemAt(message, offset, source)
  const problem =
    'this line is indented deeper than the one before, which has a value already. Indent it as its neighbours'
  return problemAt(problem, deeper, source)
}

/** The parser finds fault with the value that a line ends with, where it is the next one that is indented too far. */
function deeperLine(offset: number, { text, lines }: Text): number | undefined {
  const { line } = lines.linePos(offset)
  const start = lines.lineStarts[line - 1] ?? 0
  const next = lines.lineStarts[line]
  const isMapItself = /:(?:\s|$)/.test(text.slice(offset, next))
  if (next === undefined || isMapItself) return undefined
  const indent = (from: number): number => /^ */.exec(text.slice(from, from + WIDEST))?.[0].length ?? 0
  return indent(next) > indent(start) ? next + indent(next) : undefined
}

/** Why a document's aliases cannot be followed. */
export function aliasProblem(cause: unknown, document: Document.Parsed, source: Text): ManifestError {
  const within = cause instanceof RangeError ? aliasWithin(document) : undefined
  if (within !== undefined) return problemAt('an alias stands inside of what it stands for', within, source)
  if (cause instanceof RangeError) throw cause
  const message = cause instanceof Error ? cause.message : 'unreadable'
  const problem = message.startsWith('Excessive alias')
    ? 'its aliases stand for too much. Write out what they stand for'
    : message
  const at = { file: source.file, line: lineAt(document.range[0], source) }
  return new ManifestError(at, `not YAML or JSON: ${problem}.`)
}

function aliasWithin(document: Document.Parsed): number | undefined {
  let offset: number | undefined
  visit(document, {
    Alias(_key, alias, path) {
      const stands = alias.resolve(document)
      if (!path.some((node) => isNode(node) && node === stands)) return undefined
      offset = alias.range?.[0]
      return visit.BREAK
    },
  })
  return offset
}

const WIDEST = 100

/** The line, and a caret under the character at fault; of a long line what is around it. */
function pointAt(offset: number, { text, lines }: Text): string {
  const { line, col } = lines.linePos(offset)
  const { lineStarts } = lines
  const start = lineStarts[line - 1] ?? 0
  const whole = text.slice(start, lineStarts[line] ?? text.length).replace(/[\r\n]+$/, '')
  const cut = Math.max(0, Math.min(col - WIDEST / 2, whole.length - WIDEST))
  const shown = whole.slice(cut, cut + WIDEST).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
  return `\n  ${shown}\n  ${' '.repeat(Math.max(0, col - 1 - cut))}^`
}
