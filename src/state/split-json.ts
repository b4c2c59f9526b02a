/** A part of a text, and the line on which it begins, from 1. */
export interface TextPart {
  readonly text: string
  readonly line: number
}

const MARKER_LINE = /^---[ \t]*\r?\n?/gm

/** A text that begins like JSON, taken apart at its lines of `---`, which are markers wherever they stand. */
export function splitDocuments(text: string): TextPart[] {
  const parts: TextPart[] = []
  let from = 0
  let line = 1
  const close = (end: number): void => {
    const part = text.slice(from, end)
    parts.push({ text: part, line })
    line += linesIn(part)
  }
  for (const { 0: marker, index } of text.matchAll(MARKER_LINE)) {
    close(index)
    from = index + marker.length
    line += 1
  }
  close(text.length)
  // before the first marker there is no document
  return parts.length > 1 && parts[0]?.text.trim() === '' ? parts.slice(1) : parts
}

/**
 * JSON objects that stand one behind the other, as in NDJSON, which kubectl takes, too.
 *
 * @returns the text as it came where it does not begin with one and another
 */
export function splitObjects({ text, line }: TextPart): TextPart[] {
  const parts: TextPart[] = []
  const whole = text.trimEnd()
  let from = 0
  let at = line
  while (from < whole.length) {
    const end = objectEnd(whole, from)
    const part = whole.slice(from, end)
    if (parts.length === 0 && !isJson(part)) break
    parts.push({ text: part, line: at })
    at += linesIn(part)
    from = end
  }
  return parts.length === 0 ? [{ text, line }] : parts
}

/** Behind the bracket that closes the first one. */
function objectEnd(text: string, from: number): number {
  const marks = /[{}"]/g
  marks.lastIndex = from
  let depth = 0
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '{') depth += 1
    else if (mark[0] === '}') {
      depth -= 1
      if (depth <= 0) return marks.lastIndex
    } else marks.lastIndex = stringEnd(text, marks.lastIndex)
  }
  return text.length
}

function stringEnd(text: string, from: number): number {
  const marks = /["\\]/g
  marks.lastIndex = from
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') return marks.lastIndex
    marks.lastIndex += 1
  }
  return text.length
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function linesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
