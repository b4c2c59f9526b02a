import { makeRateLimit } from '../../discovery/rate-limit.ts'
import type { LeaseTerm } from '../../kube/lease-term.ts'
import type { ClusterParts } from '../cluster-parts.ts'
import type { SeenSecret } from '../read-secret.ts'
import { openSecretSource, type SecretSource } from '../secret-source.ts'
import type { CertificateSource, ServingCertificate } from '../source.ts'
import { followConfigurations } from './configurations.ts'
import { keepAuthority, type Kept } from './keep-authority.ts'
import { makeCertificates } from './make-certificates.ts'
import { URGENT_SETTLE_MS } from './next-step.ts'
import { bundleToPublish, isComplete, type AuthorityRecord } from './record.ts'
import { readRecord, type ReadRecord } from './secret-data.ts'
import { watchTrusted } from './trusted.ts'
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
const NOTHING: ReadRecord = { record: {}, broken: [] }
/** as many Secrets are remembered parsed */
const RECORDS = 8

export async function openBuiltInSource(options: BuiltInOptions): Promise<BuiltInSource> {
  const { namespace, name, service, hosts, settleMs, clock, now, log } = options
  const wake = makeWake()
  const configurations = followConfigurations(options, {
    name: service,
    own: { name: service, namespace },
    onChange: () => look(),
  })
  const trusted = watchTrusted(configurations, clock)
  let source: SecretSource | undefined
  let changes = 0
  const records = new Map<SeenSecret, ReadRecord>()
  let told = ''
  let remembered: AuthorityRecord | undefined

  /** Parsing costs milliseconds, so a Secret is parsed once. */
  function recordOf(secret: SeenSecret | undefined): ReadRecord {
    if (secret === undefined) return NOTHING
    const known = records.get(secret)
    if (known !== undefined) return known
    const read = readRecord(secret.texts(), hosts)
    const broken = read.broken.join()
    if (broken !== '' && broken !== told)
      log.warn({ secret: name, keys: read.broken }, 'parts of the Secret cannot be used')
    told = broken
    if (records.size >= RECORDS) records.clear()
    records.set(secret, read)
    return read
  }

  /** Looked at whenever something changes, so that no moment without it goes unnoticed. */
  function recordNow(): AuthorityRecord {
    const { record } = recordOf(source?.secret())
    if (isComplete(record)) remembered = record
    trusted.watch(record)
    return record
  }

  function look(): void {
    recordNow()
    source?.lookAgain()
    wake.now()
  }

  /** Somebody may have put another certificate into the Secret, or an older one. */
  function waitFor(next: ServingCertificate, current: ServingCertificate): number | undefined {
    const isOver = current.notAfter <= now()
    if (next.caPem === current.caPem || isOver || trusted.forMs(current.caPem) === undefined) return 0
    const forMs = trusted.forMs(next.caPem)
    return forMs === undefined ? undefined : Math.max(0, Math.min(settleMs, URGENT_SETTLE_MS) - forMs)
  }

  const opened = await openSecretSource({ ...options, waitFor })
  source = opened
  const doubting = makeRateLimit(DOUBTS, clock)
  let doubts = 0

  opened.onSecret(() => {
    changes += 1
    look()
  })
  recordNow()
  const kept: Kept = {
    place: { namespace, name },
    secret: () => opened.secret(),
    isRead: () => opened.isRead(),
    changes: () => changes,
    recordOf,
    remembered: () => remembered,
    carriedMs(record) {
      recordNow()
      return trusted.carriedMs(record)
    },
    doubts: () => doubts,
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
    current: () => opened.current(),
    onChange: (listener) => opened.onChange(listener),
    problem: () => opened.problem(),
    lead: (term) => keepAuthority(duty, term),
    caBundles() {
      const seen = configurations.seen()
      return configurations.inSync(
        bundleToPublish(recordNow(), seen === undefined ? [] : configurations.bundles(seen), true),
      )
    },
    distrusted() {
      if (!doubting.take()) return
      doubts += 1
      wake.now()
    },
    async [Symbol.asyncDispose]() {
      await configurations[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}
