/** What a text must contain: a part, or a regular expression between slashes. */
export type ExpectedText = { readonly holds: (text: string) => boolean } | { readonly problem: string }

/** Reads the `message` of an expected finding. */
export function expectedText(wanted: string): ExpectedText {
  const [, pattern, flags = ''] = /^\/(.+)\/([a-z]*)$/s.exec(wanted) ?? []
  if (pattern === undefined) return { holds: (text) => text.includes(wanted) }
  if (flags !== '' && /^[dgimsuvy]+$/.test(flags)) {
    return { problem: `a regular expression with flags (${flags}): only /.../ is one. Take the flags out` }
  }
  if (flags !== '') return { holds: (text) => text.includes(wanted) }
  try {
    const expression = new RegExp(pattern)
    return { holds: (text) => expression.test(text) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'no regular expression' }
  }
}
