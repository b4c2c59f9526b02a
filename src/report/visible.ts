/**
 * Text of a tenant, for formats that others read: what a reader cannot see (control characters, halves of surrogate
 * pairs, marks that turn the direction of writing, characters that XML forbids) is written as an escape, `\u{1b}`, so
 * that nothing hides and every document is well-formed UTF-8. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(UNSEEN_BUT_LAYOUT, escape)
}

/** The same on one line: line breaks and tabs are escaped, too. */
export function visibleLine(text: string): string {
  return text.replaceAll(UNSEEN, escape)
}

/** U+200E and the like turn the direction; a zero-width joiner (U+200D) belongs to emoji, and stays. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu
const UNSEEN_BUT_LAYOUT =
  /[^\P{Cc}\n\t]|[\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
