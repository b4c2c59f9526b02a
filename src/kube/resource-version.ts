const DECIMAL = /^[1-9]\d*$/

/**
 * Whether `a` is from before `b`. Versions of the same resource are decimal numbers that grow, which clients may rely
 * on (KEP-5504, Kubernetes 1.35; true of etcd's revisions long before). They pass 2^53, so they are compared as text.
 * False when either is something else: an unknown order is no proof of a wrong one.
 */
export function isOlder(a: string, b: string): boolean {
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return false
  return a.length === b.length ? a < b : a.length < b.length
}
