import { makeRateLimit } from '../../discovery/rate-limit.ts'
import type { LeaseTerm } from '../../kube/lease-term.ts'
import type { ClusterParts } from '../cluster-parts.ts'
import type { SeenSecret } from '../read-secret.ts'
import { openSecretSource } from '../secret-source.ts'
import type { CertificateSource } from '../source.ts'
import { followConfigurations } from './configurations.ts'
import { keepAuthority, type Kept } from './keep-authority.ts'
import { makeCertificates } from './make-certificates.ts'
import { bundleOf, bundleToPublish, isComplete, type AuthorityRecord } from './record.ts'
import { readRecord } from './secret-data.ts'
import { makeWake } from './wake.ts'
import type { ConfigurationName } from './webhook-configuration.ts'

export interface BuiltInOptions extends ClusterParts {
  readonly namespace: string
  /** of the Secret */
  readonly name: string
  /** of the Service and of both webhook configurations */
  readonly service: string
  /** all names by which the webhook is called */
  readonly hosts: readonly string[]
  readonly settleMs: number
}

/** Certificates of our own: every replica serves what the Secret says, and whoever holds the Lease keeps it. */
export interface BuiltInSource extends CertificateSource {
  problem(): string | undefined
  /** Keeps Secret and `caBundle` while the term lasts. */
  lead(term: LeaseTerm): Promise<void>
  /** Whether each webhook configuration trusts whom it should; those that do not exist are left out. */
  caBundles(): { readonly configuration: ConfigurationName; readonly inSync: boolean }[]
  /** Somebody does not trust us: whoever leads looks at once, and not at a watch that may lag behind. */
  distrusted(): void
}

/** Somebody who writes caBundle again and again is answered, but not at the speed of two programs. */
const PUBLISHING = { perSecond: 0.5, burst: 10 }
/** Anybody who reaches the port can say that he does not trust us. */
const DOUBTS = { perSecond: 0.1, burst: 1 }

export async function openBuiltInSource(options: BuiltInOptions): Promise<BuiltInSource> {
  const { namespace, name, service, hosts, settleMs, clock, now, log } = options
  const wake = makeWake()
  const source = await openSecretSource(options)
  const configurations = followConfigurations(options, {
    name: service,
    own: { name: service, namespace },
    onChange: () => look(),
  })
  let read: { readonly secret: SeenSecret | undefined; readonly record: AuthorityRecord } | undefined
  let remembered: AuthorityRecord | undefined
  let carried: { readonly bundle: string; readonly since: number } | undefined

  /** Parsing costs milliseconds, so a Secret is parsed once. */
  function recordNow(): AuthorityRecord {
    const secret = source.secret()
    if (read === undefined || read.secret !== secret) {
      const { record, broken } = readRecord(secret?.texts() ?? {}, hosts)
      if (broken.length > 0) log.warn({ secret: name, keys: broken }, 'parts of the Secret cannot be used')
      read = { secret, record }
      if (isComplete(record)) remembered = record
    }
    return read.record
  }

  /** Looked at whenever something changes, so that no moment without it goes unnoticed. */
  function watchCarried(): void {
    const wanted = bundleOf(recordNow())
    if (wanted.length === 0 || !configurations.carry(wanted)) carried = undefined
    else {
      // a CA that takes the place of another starts a time of its own, though the same two be trusted
      const bundle = wanted.join('')
      if (carried?.bundle !== bundle) carried = { bundle, since: clock() }
    }
  }

  function look(): void {
    watchCarried()
    wake.now()
  }

  const doubts = makeRateLimit(DOUBTS, clock)
  let inDoubt = false

  source.onSecret(look)
  watchCarried()
  const kept: Kept = {
    place: { namespace, name },
    secret: () => source.secret(),
    record: recordNow,
    remembered: () => remembered,
    carriedMs() {
      watchCarried()
      return carried === undefined ? undefined : clock() - carried.since
    },
    takeDoubt() {
      const was = inDoubt
      inDoubt = false
      return was
    },
    configurations,
  }
  const duty = {
    parts: options,
    kept,
    make: makeCertificates(hosts, now),
    settleMs,
    publishing: makeRateLimit(PUBLISHING, clock),
    wake,
  }

  return {
    current: () => source.current(),
    onChange: (listener) => source.onChange(listener),
    problem: () => source.problem(),
    lead: (term) => keepAuthority(duty, term),
    caBundles: () => configurations.inSync(bundleToPublish(recordNow(), configurations.bundles() ?? [])),
    distrusted() {
      if (!doubts.take()) return
      inDoubt = true
      wake.now()
    },
    async [Symbol.asyncDispose]() {
      await configurations[Symbol.asyncDispose]()
      await source[Symbol.asyncDispose]()
    },
  }
}
