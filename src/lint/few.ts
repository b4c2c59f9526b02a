const MOST = 3

/** `a, b, c and 61 more`: a list of a policy may have 64 entries, and a cluster a thousand policies. */
export function few(names: readonly string[]): string {
  const more = names.length - MOST
  return more > 0 ? `${names.slice(0, MOST).join(', ')} and ${more} more` : names.join(', ')
}
