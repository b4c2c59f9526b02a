/** When a certificate counts. */
export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A CA that API servers are told to trust. */
export interface KnownAuthority extends Validity {
  readonly certPem: string
  /** none where it cannot sign any more, because its key was lost */
  readonly keyPem?: string
}

/** The certificate that every replica serves. */
export interface Leaf extends Validity {
  readonly certPem: string
  readonly keyPem: string
  /** whether it has all the names by which the webhook is called */
  readonly hasAllHosts: boolean
}

/** Why there is to be another CA: somebody asked for it, or the present one comes to its end. */
export type Occasion = 'asked' | 'due'

/**
 * All that the Secret of the built-in certificates says; the whole state, so that whoever holds the Lease next can go
 * on from it. What is absent is not there, or cannot be used.
 */
export interface AuthorityRecord {
  /** signed the leaf in service, and signs the next */
  readonly authority?: KnownAuthority
  readonly leaf?: Leaf
  /** to be trusted before anything rests on it */
  readonly next?: KnownAuthority & { readonly keyPem: string; readonly occasion: Occasion }
  /** still trusted, because a replica may still serve what it signed; no key of it is left */
  readonly retired?: { readonly certificates: readonly string[]; readonly until: Date }
}

/** All CAs that `caBundle` must hold, each once. None: nothing is known of whom to trust. */
export function bundleOf({ authority, next, retired }: AuthorityRecord): string[] {
  const known = [authority?.certPem, next?.certPem, ...(retired?.certificates ?? [])]
  return [...new Set(known.filter((pem) => pem !== undefined))]
}

/**
 * What to write into every `caBundle`. While something of the record is missing, or it is new to us, nobody knows whose
 * certificates are being served, so no CA is taken away.
 *
 * @param bundles the CAs that each `caBundle` has at present
 * @param isAccepted whether the record knows of all that may be in service
 */
export function bundleToPublish(
  record: AuthorityRecord,
  bundles: readonly (readonly string[])[],
  isAccepted: boolean,
): string[] {
  const wanted = bundleOf(record)
  return (isComplete(record) && isAccepted) || wanted.length === 0
    ? wanted
    : [...new Set([...wanted, ...bundles.flat()])]
}

/** Whether nothing has to be made before a leaf can be served and renewed. */
export function isComplete(record: AuthorityRecord): boolean {
  return record.authority?.keyPem !== undefined && record.leaf !== undefined
}
