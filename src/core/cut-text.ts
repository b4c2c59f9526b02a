/** How many bytes a text has as UTF-8. Nearly all of ours is ASCII; what policies say may be in any language. */
export function byteLength(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    // a surrogate is half of a character that takes four bytes
    bytes += code < 0x80 ? 1 : code < 0x8_00 || isSurrogate(code) ? 2 : 3
  }
  return bytes
}

/** A text of at most so many bytes, which ends in `...` where it was longer. No character is cut in two. */
export function cutText(text: string, most: number): string {
  if (byteLength(text) <= most) return text
  let kept = ''
  let bytes = 3
  for (const character of text) {
    bytes += byteLength(character)
    if (bytes > most) break
    kept += character
  }
  return `${kept}...`
}

function isSurrogate(code: number): boolean {
  return code >= 0xd8_00 && code <= 0xdf_ff
}
