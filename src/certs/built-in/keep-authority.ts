import { ApiError } from '../../kube/call-errors.ts'
import { fenceClient, type LeaseTerm } from '../../kube/lease-term.ts'
import { isOlder } from '../../kube/resource-version.ts'
import { linkAbort } from '../../kube/linked-abort.ts'
import type { RateLimit } from '../../discovery/rate-limit.ts'
import type { ClusterParts } from '../cluster-parts.ts'
import type { SeenSecret } from '../read-secret.ts'
import type { Configurations } from './configurations.ts'
import { askedOf, readLive, writeSecret, type SecretPlace } from './kept-secret.ts'
import { isAccepted, nextStep, type Step } from './next-step.ts'
import { bundleOf, bundleToPublish, type AuthorityRecord } from './record.ts'
import type { ReadRecord } from './secret-data.ts'
import { takeStep, type Maker } from './take-step.ts'
import { makeTrouble } from './trouble.ts'
import type { Wake } from './wake.ts'
import { CONFIGURATION_NAMES, type ConfigurationName } from './webhook-configuration.ts'

/** What every replica sees, so that it can go on from there when it gets the Lease. */
export interface Kept {
  readonly place: SecretPlace
  /** as its watch shows it; none where there is none, or before it was read */
  secret(): SeenSecret | undefined
  /** whether it is known if there is a Secret */
  isRead(): boolean
  /** how often the watch has shown another Secret */
  changes(): number
  recordOf(secret: SeenSecret | undefined): ReadRecord
  remembered(): AuthorityRecord | undefined
  /** for how long every `caBundle` has held what a record asks for; none where one does not */
  carriedMs(record: AuthorityRecord): number | undefined
  /** how often somebody did not trust us */
  doubts(): number
  readonly configurations: Configurations
}

export interface AuthorityDuty {
  readonly parts: ClusterParts
  readonly kept: Kept
  readonly make: Maker
  readonly settleMs: number
  /** how often `caBundle` may be written: somebody else may keep writing it, too */
  readonly publishing: RateLimit
  /** fires when something that is followed has changed, or should be looked at again */
  readonly wake: Wake
}

// So often a settle time or the end of a certificate may be noticed late; all else wakes it at once.
const TICK_MS = 1_000
const CALL_MS = 10_000
/** Before these the API server itself is asked. */
const IRREVERSIBLE: readonly Step['do'][] = ['promote', 'forget']

/**
 * Keeps the Secret and both `caBundle`s, for as long as we hold the Lease: publishes what the Secret says, and takes the
 * next step, one at a time. Whatever fails is told once and tried again, and holds up nothing else.
 */
export async function keepAuthority(duty: AuthorityDuty, term: LeaseTerm): Promise<void> {
  const { parts, kept, wake } = duty
  const { configurations, place } = kept
  const { log, clock } = parts
  const client = fenceClient(parts.client, term)
  const trouble = { log, secret: place.name, clock, signal: term.signal }
  const pieces = [
    ...CONFIGURATION_NAMES.map((configuration) => ({
      work: () => publish(configuration),
      trouble: makeTrouble({ ...trouble, what: `caBundle of the ${configuration} configuration` }),
    })),
    { work: step, trouble: makeTrouble({ ...trouble, what: 'Secret' }) },
  ]
  /** acted upon already: until the watch shows what came of it, there is nothing to decide */
  let done: { readonly changes: number; readonly at: number; readonly version: string } | undefined
  /** the API server had another Secret than the watch */
  let isBehind = false
  let accepted: AuthorityRecord | undefined
  const dispelled = new Map<ConfigurationName, number>()

  while (!term.signal.aborted) {
    const changed = wake.next()
    for (const { work, trouble: own } of pieces) if (own.isOver()) await own.around(work)
    await rest(TICK_MS, changed)
  }

  /** What a watch shows may be old, so before a CA is taken away, and when in doubt, the API server itself is asked. */
  async function publish(configuration: ConfigurationName): Promise<void> {
    const doubts = kept.doubts()
    const inDoubt = doubts > (dispelled.get(configuration) ?? 0)
    if (!kept.isRead() || isAwaited()) return
    let secret = kept.secret()
    let seen = configurations.seen()
    let wanted = wantedFor(secret, seen)
    if (inDoubt || configurations.takesAway(seen, configuration, wanted)) {
      // the Secret after them: what it says is then no older than what is replaced, or the write is refused
      seen = await configurations.readLive(limit())
      secret = await readLive(client, place, limit())
      wanted = wantedFor(secret, seen)
    }
    if (!configurations.isStale(seen, configuration, wanted)) return void dispelled.set(configuration, doubts)
    if (!duty.publishing.take()) return
    await configurations.publish(client, { seen, configuration, wanted, signal: limit() })
    dispelled.set(configuration, doubts)
    log.info({ configurations: [configuration], authorities: wanted.length }, 'wrote caBundle')
  }

  function wantedFor(secret: SeenSecret | undefined, seen: ReturnType<Configurations['seen']>): string[] {
    if (seen === undefined) return []
    const read = kept.recordOf(secret)
    return bundleToPublish(read.record, configurations.bundles(seen), isAccepted(read, accepted))
  }

  async function step(): Promise<void> {
    if (!kept.isRead() || isAwaited()) return
    const changes = kept.changes()
    const secret = isBehind ? await readLive(client, place, limit()) : kept.secret()
    const read = kept.recordOf(secret)
    const next = decide(secret, read)
    if (next.do !== 'restore') accept(read)
    if (next.do === 'wait') return
    const { record } = read
    // a watch may lag behind, and these steps cannot be undone
    if (IRREVERSIBLE.includes(next.do) && !(await configurations.carryNow(bundleOf(record), limit()))) return
    const made = await takeStep(record, next, duty.make)
    if (next.do === 'forget' && made !== undefined && !(await distrust(secret, made))) return
    const { resourceVersion: version } = await write(secret, made)
    // the record of before is from now on one that somebody has put back
    if (next.do === 'promote') accepted = undefined
    if (next.do === 'forget') accepted = made
    done = { changes, at: clock(), version }
    const tell = next.do === 'restore' || next.do === 'dismiss' ? 'warn' : 'info'
    log[tell]({ step: next.do, why: next.why, secret: place.name }, 'certificates')
  }

  /** Whether the watch has still to show what came of our last step; not for ever, as it may have been undone since. */
  function isAwaited(): boolean {
    if (done === undefined || clock() - done.at >= CALL_MS) return false
    return done.changes === kept.changes() || isOlder(kept.secret()?.resourceVersion ?? '', done.version)
  }

  /**
   * Trust goes before the Secret forgets: whoever leads after us would find a CA that is trusted and that the Secret
   * does not know, and keep it for long.
   *
   * @returns whether no configuration trusts more than the record that is left
   */
  async function distrust(secret: SeenSecret | undefined, left: AuthorityRecord): Promise<boolean> {
    const seen = await configurations.readLive(limit())
    // after them: what it says is then no older than what is replaced
    const present = await readLive(client, place, limit())
    isBehind = present?.resourceVersion !== secret?.resourceVersion
    if (isBehind) return false
    const wanted = bundleOf(left)
    for (const configuration of CONFIGURATION_NAMES) {
      if (!configurations.isStale(seen, configuration, wanted)) continue
      if (!duty.publishing.take()) return false
      await configurations.publish(client, { seen, configuration, wanted, signal: limit() })
      log.info({ configurations: [configuration], authorities: wanted.length }, 'wrote caBundle')
    }
    return true
  }

  async function write(
    seen: SeenSecret | undefined,
    record: AuthorityRecord | undefined,
  ): Promise<SeenSecret> {
    try {
      const written = await writeSecret(client, place, { record, seen }, limit())
      isBehind = false
      return written
    } catch (error) {
      isBehind = error instanceof ApiError && error.status === 409
      throw error
    }
  }

  function decide(secret: SeenSecret | undefined, { record, broken }: ReadRecord): Step {
    const seen = configurations.seen()
    return nextStep({
      record,
      broken,
      accepted,
      remembered: kept.remembered(),
      bundles: seen && configurations.bundles(seen),
      carriedMs: kept.carriedMs(record),
      settleMs: duty.settleMs,
      asked: askedOf(secret),
      now: parts.now(),
    })
  }

  /** All that is trusted was looked at in its light: what comes on top of it from now on is not ours. */
  function accept({ record, broken }: ReadRecord): void {
    if (record.authority !== undefined && broken.length === 0 && configurations.seen() !== undefined)
      accepted = record
  }

  function limit(): AbortSignal {
    return AbortSignal.any([term.signal, AbortSignal.timeout(CALL_MS)])
  }

  async function rest(milliseconds: number, changed: Promise<void>): Promise<void> {
    using nap = linkAbort(term.signal)
    await Promise.race([parts.sleep(milliseconds, nap.signal).catch(() => undefined), changed])
  }
}
