import { visible, visibleLine } from './visible.ts'

/**
 * Text that stands in Markdown, in a table too, as it is: nothing of it makes markup, HTML, a link or a mention.
 * A mention is found after the Markdown was read, so it takes a space of no width to break it.
 */
export function escapeMarkdown(text: string): string {
  return visibleLine(text.replaceAll(/[\r\n]+/g, ' '))
    .replaceAll(/[\\`*_{}[\]()#+!|~$]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('://', String.raw`\://`)
    .replaceAll('www.', String.raw`www\.`)
    .replaceAll('@', '@\u200b')
}

/** Text in a block of code, whose fence is longer than any that stands in it. */
export function fenced(text: string, language: string): string {
  const content = visible(text).trimEnd()
  const longest = (content.match(/`+/g) ?? []).reduce((most, { length }) => Math.max(most, length), 2)
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${content}\n${fence}\n`
}
