import type { AuthorityRecord, KnownAuthority, Leaf } from '../../../src/certs/built-in/record.ts'
import type { Maker } from '../../../src/certs/built-in/take-step.ts'

export const DAY = 86_400_000
export const NOW = new Date('2026-11-21T00:00:00Z')

export const day = (days: number): Date => new Date(NOW.getTime() + days * DAY)

/** A CA whose certificate is its name: who signed what can be read off. */
export function anAuthority(
  name: string,
  { from = -10, to = 355 }: { from?: number; to?: number } = {},
): KnownAuthority & { keyPem: string } {
  return { certPem: name, keyPem: `key of ${name}`, notBefore: day(from), notAfter: day(to) }
}

/** A leaf whose text is `<CA>#<number>`. */
export function aLeaf(
  name: string,
  { from = -10, to = 80, hasAllHosts = true }: { from?: number; to?: number; hasAllHosts?: boolean } = {},
): Leaf {
  return { certPem: name, keyPem: `key of ${name}`, notBefore: day(from), notAfter: day(to), hasAllHosts }
}

/** The CA that a leaf rests on. */
export const signerOf = (leaf: string): string => leaf.split('#')[0] ?? ''

export const complete = (differences: Partial<AuthorityRecord> = {}): AuthorityRecord => ({
  authority: anAuthority('A'),
  leaf: aLeaf('A#1'),
  ...differences,
})

/** Makes CAs B, C, ... of 365 days and numbered leaves of 90, at the time given. */
export function labelMaker(now: () => Date, prefix = 'made-'): Maker {
  let made = 0
  const validity = (days: number): { notBefore: Date; notAfter: Date } => ({
    notBefore: new Date(now().getTime() - 3_600_000),
    notAfter: new Date(now().getTime() + days * DAY),
  })
  return {
    async authority() {
      const name = `${prefix}${(made += 1)}`
      return { certPem: name, keyPem: `key of ${name}`, ...validity(365) }
    },
    async leaf({ certPem, notAfter }) {
      const name = `${certPem}#${(made += 1)}`
      const own = validity(90)
      const end = notAfter < own.notAfter ? notAfter : own.notAfter
      return { certPem: name, keyPem: `key of ${name}`, ...own, notAfter: end, hasAllHosts: true }
    },
  }
}
