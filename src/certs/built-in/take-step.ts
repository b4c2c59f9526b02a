import type { AuthorityRecord, KnownAuthority, Leaf } from './record.ts'
import type { Step } from './next-step.ts'

/** Makes keys and signs; the only part of a step that is not just moving things. */
export interface Maker {
  authority(): Promise<KnownAuthority & { readonly keyPem: string }>
  leaf(authority: KnownAuthority & { readonly keyPem: string }): Promise<Leaf>
}

/**
 * What the Secret says after a step; nothing for one that leaves it as it is.
 *
 * @throws {CertificateError} where a CA cannot sign
 */
export async function takeStep(
  record: AuthorityRecord,
  step: Step,
  make: Maker,
): Promise<AuthorityRecord | undefined> {
  switch (step.do) {
    case 'restore':
      return step.record
    case 'announce': {
      const next = { ...(await make.authority()), occasion: step.occasion }
      return { ...record, next, ...retire(record.retired, step.retired) }
    }
    case 'promote':
      return record.next === undefined ? undefined : promote(record, record.next, step.retiredUntil, make)
    case 'issue': {
      const { authority } = record
      if (authority?.keyPem === undefined) return undefined
      return { ...record, leaf: await make.leaf({ ...authority, keyPem: authority.keyPem }) }
    }
    case 'forget': {
      const { retired: _, ...rest } = record
      return rest
    }
    case 'dismiss':
    case 'wait':
      return undefined
  }
}

/** The old key goes with this very write: nothing needs it any more. */
async function promote(
  { authority, retired }: AuthorityRecord,
  next: NonNullable<AuthorityRecord['next']>,
  until: Date,
  make: Maker,
): Promise<AuthorityRecord> {
  const { occasion, ...promoted } = next
  const old = authority === undefined ? undefined : { certificates: [authority.certPem], until }
  const both = retire(retired, old)
  return {
    authority: promoted,
    leaf: await make.leaf(promoted),
    // who asks for another CA wants the old ones gone
    ...(both.retired && { retired: occasion === 'asked' ? { ...both.retired, until } : both.retired }),
  }
}

function retire(
  one: AuthorityRecord['retired'],
  other: AuthorityRecord['retired'],
): Pick<AuthorityRecord, 'retired'> {
  if (one === undefined || other === undefined) {
    const only = one ?? other
    return only === undefined ? {} : { retired: only }
  }
  return {
    retired: {
      certificates: [...new Set([...one.certificates, ...other.certificates])],
      until: one.until > other.until ? one.until : other.until,
    },
  }
}
