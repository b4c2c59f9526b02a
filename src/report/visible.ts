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

/** Text for a terminal that may have colours of ours in it: they stay, and no other command to a terminal does. */
export function visiblePainted(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(OUR_COLOURS_OR_UNSEEN, (found) => (found.length > 2 ? found : escape(found)))
}

/**
 * U+200E and the like turn the direction, U+00AD and the tags from U+E0000 are seen by nobody. A zero-width joiner (U+200D)
 * belongs to emoji, and stays.
 */
const HIDDEN =
  '\\p{Cs}\\u00ad\\u061c\\u180e\\u200b\\u200c\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ufffe\\uffff\\u{e0000}-\\u{e007f}'
const UNSEEN = new RegExp(`[\\p{Cc}${HIDDEN}]`, 'gu')
const UNSEEN_BUT_LAYOUT = new RegExp(`[^\\P{Cc}\\n\\t]|[${HIDDEN}]`, 'gu')
/** The colours that paint.ts gives, and their ends. */
const OUR_COLOURS_OR_UNSEEN = new RegExp(`\\u001b\\[(?:1|2|22|3[1-69])m|[^\\P{Cc}\\n\\t]|[${HIDDEN}]`, 'gu')

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
