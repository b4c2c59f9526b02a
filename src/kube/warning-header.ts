/**
 * The texts of `Warning` headers: `299 - "text"`, several of them in one header with commas between (RFC 7234 section 5.5,
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#warnings).
 *
 * @param header as it came: bytes, one a character
 */
export function readWarnings(header: string | readonly string[] | undefined): string[] {
  const headers = header === undefined ? [] : [header].flat()
  return headers.flatMap((one) =>
    [...utf8Of(one).matchAll(WARNING)].map(([, text = '']) => text.replaceAll(/\\(.)/gs, '$1')),
  )
}

const WARNING = /\b\d{3} [^\s"]+ "((?:[^"\\]|\\.)*)"/gs

/** The API server sends UTF-8, which HTTP's parsers read as Latin-1. */
function utf8Of(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
