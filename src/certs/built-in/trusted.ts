import { certificatesIn } from '../pem-bundle.ts'
import type { Configurations } from './configurations.ts'
import { bundleOf, type AuthorityRecord } from './record.ts'

/** Since when every `caBundle` has had what it should have, as this replica sees it. */
export interface Trusted {
  /** To be called at each change, so that no moment without a CA goes unnoticed. */
  watch(record: AuthorityRecord): void
  /** for how long all have held what the record asks for; none where one does not, or another record is watched */
  carriedMs(record: AuthorityRecord): number | undefined
  /** for how long all have held a CA, given as PEM; none where one does not */
  forMs(caPem: string | undefined): number | undefined
}

/** @param clock milliseconds, monotonic */
export function watchTrusted(
  configurations: Pick<Configurations, 'seen' | 'bundles' | 'carry'>,
  clock: () => number,
): Trusted {
  let carried: { readonly bundle: string; readonly since: number } | undefined
  let since = new Map<string, number>()

  function watchEach(): void {
    const seen = configurations.seen()
    const bundles = seen === undefined ? [] : configurations.bundles(seen)
    const present = new Set(bundles.flat().filter((ca) => bundles.every((bundle) => bundle.includes(ca))))
    since = new Map([...present].map((ca) => [ca, since.get(ca) ?? clock()]))
  }

  return {
    watch(record) {
      watchEach()
      const wanted = bundleOf(record)
      // a CA that takes the place of another starts a time of its own, though the same two be trusted
      const bundle = wanted.join('')
      if (wanted.length === 0 || !configurations.carry(wanted)) carried = undefined
      else if (carried?.bundle !== bundle) carried = { bundle, since: clock() }
    },
    carriedMs: (record) =>
      carried?.bundle === bundleOf(record).join('') ? clock() - carried.since : undefined,
    forMs(caPem = '') {
      const starts = certificatesIn(caPem).map((ca) => since.get(ca))
      if (starts.length === 0) return undefined
      return starts.reduce<number | undefined>(
        (shortest, start) =>
          start === undefined || shortest === undefined ? undefined : Math.min(shortest, clock() - start),
        Number.POSITIVE_INFINITY,
      )
    },
  }
}
