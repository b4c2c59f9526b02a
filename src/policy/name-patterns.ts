/** Whether a name, exact or with a trailing `*`, takes all that another one takes. */
export function nameCovers(wide: string, narrow: string): boolean {
  return wide.endsWith('*') ? narrow.startsWith(wide.slice(0, -1)) : wide === narrow
}

/** Whether there is a name that both take. */
export function namesMeet(a: string, b: string): boolean {
  return nameCovers(a, b) || nameCovers(b, a)
}
