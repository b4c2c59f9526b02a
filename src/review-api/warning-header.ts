import { printable } from '../core/quote.ts'

const MOST = 10

/**
 * What `review` tells on standard error, as the API server tells warnings of its own: `299 - "…"` (RFC 7234, section 5.5).
 * What is too much is counted.
 */
export function warningHeader(notes: readonly string[]): string[] {
  const told = notes.slice(0, MOST)
  const rest = notes.length - told.length
  return [...told, ...(rest > 0 ? [`and ${rest} more.`] : [])].map(
    (note) => `299 - "${printable(note).replaceAll(/["\\]/g, '\\$&')}"`,
  )
}
