/** `a, b, c and 61 more`: a list of a policy may have 64 entries, and a cluster a thousand policies. */
export function few(names: readonly string[], most = 3): string {
  const more = names.length - most
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ')
}
