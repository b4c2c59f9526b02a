const LONGEST = 64
const LONGEST_TEXT = 200

/**
 * A tenant's text, made safe to stand in a message, a warning or a log line: in double quotes, at most 64
 * characters of it, and everything but printable ASCII written as an escape, so that look-alike letters and
 * control characters are seen for what they are.
 */
export function quote(text: string): string {
  const kept = text.length > LONGEST ? text.slice(0, LONGEST) : text
  let safe = ''
  for (const character of kept) {
    safe += isPlain(character) ? character : escape(character)
  }
  return text.length > LONGEST ? `"${safe}..." (${text.length} characters)` : `"${safe}"`
}

/** A list of tenant texts, at most `most` of them, the rest counted. */
export function quoteList(texts: readonly string[], most = 5): string {
  const shown = texts.slice(0, most).map(quote).join(', ')
  return texts.length > most ? `${shown} and ${texts.length - most} more` : shown
}

/** A longer text of a person who is trusted with policies: one line of printable ASCII, at most 200 characters. */
export function printable(text: string): string {
  const kept = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 3)}...` : text
  return kept.replaceAll(/[^ -~]/gu, escape)
}

function isPlain(character: string): boolean {
  return character >= ' ' && character <= '~' && character !== '"' && character !== '\\'
}

function escape(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  const code = character.codePointAt(0) ?? 0
  return `\\u{${code.toString(16)}}`
}
