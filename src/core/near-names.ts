/**
 * The names that a person may have meant, nearest first.
 *
 * A name is near when at most two edits apart (one for names of up to four characters), or when one is a
 * dash-separated part of the other (`order` and `order-api`).
 *
 * @param most how many at the most
 */
export function nearNames(wanted: string, names: Iterable<string>, most = 3): string[] {
  const limit = wanted.length <= 4 ? 1 : 2
  const found: { name: string; distance: number }[] = []
  for (const name of names) {
    const distance = editDistance(wanted, name, limit)
    if (distance <= limit) found.push({ name, distance })
    else if (isPart(wanted, name)) found.push({ name, distance: limit + 1 })
  }
  found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
  return found.slice(0, most).map(({ name }) => name)
}

/** An annotation's key may be a megabyte long when we are called: admission comes before validation. */
const LONGEST_COMPARED = 128

/** The one of `names` that is the fewest edits away from `wanted`; `names` must not be empty. */
export function nearestName(wanted: string, names: readonly string[]): string {
  const compared = wanted.slice(0, LONGEST_COMPARED)
  const distances = names.map((name) => editDistance(compared, name, Infinity))
  return names[distances.indexOf(Math.min(...distances))] ?? ''
}

function isPart(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return short.length >= 3 && (long.startsWith(`${short}-`) || long.endsWith(`-${short}`))
}

/** Levenshtein distance, given up as `limit + 1` once it must exceed `limit`: a namespace may hold 10,000 names. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    let best = row
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const value = Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1)
      current.push(value)
      best = Math.min(best, value)
    }
    if (best > limit) return limit + 1
    previous = current
  }
  return previous[b.length] ?? limit + 1
}
