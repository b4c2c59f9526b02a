import { needsRenewal } from '../renewal.ts'
import { isWithin } from '../pem-bundle.ts'
import { bundleOf, isComplete, type AuthorityRecord, type Occasion, type Validity } from './record.ts'

/** What the holder of the Lease knows at one moment. */
export interface Situation {
  /** what the Secret says; empty where there is no Secret */
  readonly record: AuthorityRecord
  /** keys of the Secret that cannot be used */
  readonly broken: readonly string[]
  /** the record in whose light all that is trusted was looked at; none before that */
  readonly accepted: AuthorityRecord | undefined
  /** the last complete record that this process saw */
  readonly remembered: AuthorityRecord | undefined
  /** the CAs in each `caBundle` of ours, of the configurations that there are; none before they were read */
  readonly bundles: readonly (readonly string[])[] | undefined
  /** for how long all of them have held what this record asks for; none where one does not */
  readonly carriedMs: number | undefined
  /** for how long a bundle is in place before a leaf rests on it, or a CA is taken away */
  readonly settleMs: number
  /** what somebody asked for by the annotation of the Secret */
  readonly asked: string | undefined
  readonly now: Date
}

export type Step =
  /** write back what was lost, as far as it is known */
  | { readonly do: 'restore'; readonly record: AuthorityRecord; readonly why: string }
  /** make a new CA, and have it trusted; nothing rests on it yet */
  | {
      readonly do: 'announce'
      readonly occasion: Occasion
      readonly retired?: AuthorityRecord['retired']
      readonly why: string
    }
  /** sign the leaf by the announced CA, and keep the old one trusted until the moment given */
  | { readonly do: 'promote'; readonly retiredUntil: Date; readonly why: string }
  /** sign a new leaf by the present CA */
  | { readonly do: 'issue'; readonly why: string }
  /** trust the old CA no longer */
  | { readonly do: 'forget'; readonly why: string }
  /** what was asked for is done, under way, or unknown */
  | { readonly do: 'dismiss'; readonly why: string }
  | { readonly do: 'wait'; readonly why: string }

/**
 * While nobody can be served, waiting as long as usual would cost more than an API server that learns of a new bundle
 * late: those of one cluster learn of it within a second.
 */
export const URGENT_SETTLE_MS = 5_000
/** Replicas that still serve what a CA signed that the Secret does not know, read the Secret long before that. */
const STRANGERS_MS = 3_600_000

/**
 * What the holder of the Lease does next. A leaf comes into service only under a CA that every `caBundle` has held for
 * the settle time, and a CA goes only after what it signed, so that at no moment a caller is shown what it cannot verify.
 */
export function nextStep(situation: Situation): Step {
  return (
    mendLoss(situation) ??
    takeIn(situation) ??
    doAsAsked(situation) ??
    changeAuthority(situation) ??
    keepLeaf(situation) ??
    tidy(situation)
  )
}

/** A Secret that is gone, empty or damaged. */
function mendLoss({ record, remembered, bundles, now }: Situation): Step | undefined {
  if (isComplete(record)) return undefined
  // whom they trust decides what may come into service
  if (bundles === undefined) return { do: 'wait', why: 'the webhook configurations were not read yet' }
  const strangers = without(bundles.flat(), bundleOf(record))
  if (remembered !== undefined && canRestore(record, remembered, bundles)) {
    const unknown = without(bundles.flat(), bundleOf(remembered))
    const restored = unknown.length === 0 ? remembered : withRetired(remembered, unknown, now)
    return { do: 'restore', record: restored, why: 'what the Secret held was lost' }
  }
  if (record.authority !== undefined) return undefined
  if (record.next !== undefined) {
    // an announced CA may take over only beside those whose certificates may still be served
    const why = 'the Secret lacks CAs that are trusted'
    return strangers.length === 0
      ? undefined
      : { do: 'restore', record: withRetired(record, strangers, now), why }
  }
  return {
    do: 'announce',
    occasion: 'due',
    why: 'the Secret holds no CA',
    ...(strangers.length > 0 && { retired: { certificates: strangers, until: after(now, STRANGERS_MS) } }),
  }
}

/**
 * Whether a record knows of all CAs that may be in service: strangers in `caBundle` are then nobody's. One that lacks a CA
 * of the accepted one is another, as from a backup.
 */
export function isAccepted(
  { record, broken }: Pick<Situation, 'record' | 'broken'>,
  accepted: AuthorityRecord | undefined,
): boolean {
  return (
    accepted?.authority?.certPem === record.authority?.certPem &&
    isWithin(accepted === undefined ? [] : bundleOf(accepted), bundleOf(record)) &&
    broken.length === 0
  )
}

/** A record that somebody else has brought, as from a backup: replicas may still show what others signed. */
function takeIn({ record, broken, accepted, bundles, now }: Situation): Step | undefined {
  if (record.authority === undefined || isAccepted({ record, broken }, accepted)) return undefined
  const strangers = without((bundles ?? []).flat(), bundleOf(record))
  if (strangers.length === 0) return undefined
  const why = 'CAs are trusted that the Secret does not know'
  return { do: 'restore', record: withRetired(record, strangers, now), why }
}

/** Only what callers trust already may come back into service at once. */
function canRestore(
  record: AuthorityRecord,
  { authority }: AuthorityRecord,
  bundles: readonly (readonly string[])[],
): boolean {
  if (authority === undefined) return false
  const isSame = record.authority === undefined || record.authority.certPem === authority.certPem
  const isTrusted = bundles.every((bundle) => bundle.length === 0 || bundle.includes(authority.certPem))
  return isSame && isTrusted
}

/** The annotation of the Secret: a leaf or a CA before its time. */
function doAsAsked({ asked, record, now }: Situation): Step | undefined {
  if (asked === undefined) return undefined
  if (asked === 'serving' && canSign(record, now))
    // the first one comes without being asked for
    return record.leaf === undefined ? undefined : { do: 'issue', why: 'somebody asked for it' }
  // one that is due anyway lies in the Secret already, and so may have leaked with the rest
  if (asked === 'ca' && record.next?.occasion !== 'asked')
    return announce(record, 'asked', 'somebody asked for it', now)
  const isKnown = asked === 'serving' || asked === 'ca'
  return {
    do: 'dismiss',
    why: isKnown ? 'a new CA is under way already' : 'only "serving" and "ca" can be asked for',
  }
}

/** The CA, and the one that follows it. */
function changeAuthority(situation: Situation): Step | undefined {
  const { record, carriedMs, now } = situation
  const { authority, next, leaf } = record
  if (next === undefined) {
    const why = whyAnother(authority, now)
    return why === undefined ? undefined : announce(record, 'due', why, now)
  }
  if (!isValid(next, now)) return announce(record, next.occasion, 'the announced CA is out of date', now)
  if (carriedMs === undefined || carriedMs < settleTime(situation)) return undefined
  const until = leaf !== undefined && next.occasion === 'due' ? leaf.notAfter : now
  return { do: 'promote', retiredUntil: until, why: 'every caBundle has the new CA' }
}

/** One that was announced and gives way may be in service all the same, where the Secret was put back from a backup. */
function announce({ next }: AuthorityRecord, occasion: Occasion, why: string, now: Date): Step {
  const given = next && { retired: { certificates: [next.certPem], until: after(now, STRANGERS_MS) } }
  return { do: 'announce', occasion, why, ...given }
}

function settleTime({ record: { authority, leaf, retired }, settleMs, now }: Situation): number {
  const isServed =
    leaf !== undefined && isValid(leaf, now) && authority !== undefined && isValid(authority, now)
  if (isServed) return settleMs
  // whom nobody trusted yet, nobody can fail to verify
  const isFirst = authority === undefined && retired === undefined
  return isFirst ? 0 : Math.min(settleMs, URGENT_SETTLE_MS)
}

function whyAnother(authority: AuthorityRecord['authority'], now: Date): string | undefined {
  if (authority === undefined) return 'the Secret holds no CA'
  if (authority.keyPem === undefined) return 'the key of the CA was lost'
  return needsRenewal(authority.notBefore, authority.notAfter, now)
}

function keepLeaf(situation: Situation): Step | undefined {
  const { record, carriedMs, now } = situation
  if (!canSign(record, now)) return undefined
  // who shows what others signed goes on with it: a leaf that comes anew must be trusted first
  if (record.leaf === undefined && (carriedMs === undefined || carriedMs < settleTime(situation)))
    return { do: 'wait', why: 'until every caBundle has had the CA for the settle time' }
  const why = whyAnotherLeaf(record, now)
  return why === undefined ? undefined : { do: 'issue', why }
}

function whyAnotherLeaf({ leaf, authority }: AuthorityRecord, now: Date): string | undefined {
  if (leaf === undefined) return 'there is none that can be served'
  if (!leaf.hasAllHosts) return 'it lacks a name by which the webhook is called'
  // it ends with its CA, and so would another
  if (isValid(leaf, now) && authority !== undefined && leaf.notAfter >= authority.notAfter) return undefined
  return needsRenewal(leaf.notBefore, leaf.notAfter, now)
}

function tidy({ record, broken, carriedMs, settleMs, now }: Situation): Step {
  const { next, retired } = record
  if (broken.length > 0) return { do: 'restore', record, why: 'parts of the Secret cannot be used' }
  if (next !== undefined)
    return { do: 'wait', why: 'until every caBundle has had the new CA for the settle time' }
  if (retired === undefined) return { do: 'wait', why: 'nothing is due' }
  if (now < retired.until) return { do: 'wait', why: 'what the old CA signed may still be served' }
  // a replica takes up to the urgent time to believe in a CA that came with another record
  if (carriedMs === undefined || carriedMs < settleMs + Math.min(settleMs, URGENT_SETTLE_MS))
    return { do: 'wait', why: 'until replicas have had time to read the new certificate' }
  return { do: 'forget', why: 'nothing that the old CA signed is served any more' }
}

function canSign({ authority }: AuthorityRecord, now: Date): boolean {
  return authority?.keyPem !== undefined && isValid(authority, now)
}

function isValid({ notBefore, notAfter }: Validity, now: Date): boolean {
  return notBefore <= now && now < notAfter
}

function withRetired(record: AuthorityRecord, certificates: readonly string[], now: Date): AuthorityRecord {
  const { retired } = record
  const until = after(now, STRANGERS_MS)
  return {
    ...record,
    retired: {
      certificates: [...(retired?.certificates ?? []), ...certificates],
      until: retired !== undefined && retired.until > until ? retired.until : until,
    },
  }
}

function without(certificates: readonly string[], known: readonly string[]): string[] {
  return [...new Set(certificates)].filter((certificate) => !isWithin([certificate], known))
}

function after(now: Date, milliseconds: number): Date {
  return new Date(now.getTime() + milliseconds)
}
