import { fenceClient, type LeaseTerm } from '../../kube/lease-term.ts'
import { linkAbort } from '../../kube/linked-abort.ts'
import type { RateLimit } from '../../discovery/rate-limit.ts'
import type { ClusterParts } from '../cluster-parts.ts'
import type { SeenSecret } from '../read-secret.ts'
import type { Configurations } from './configurations.ts'
import { askedOf, readLive, writeSecret, type SecretPlace } from './kept-secret.ts'
import { nextStep, type Step } from './next-step.ts'
import { bundleOf, bundleToPublish, type AuthorityRecord } from './record.ts'
import { takeStep, type Maker } from './take-step.ts'
import { makeTrouble } from './trouble.ts'
import type { Wake } from './wake.ts'

/** What every replica sees, so that it can go on from there when it gets the Lease. */
export interface Kept {
  readonly place: SecretPlace
  secret(): SeenSecret | undefined
  record(): AuthorityRecord
  remembered(): AuthorityRecord | undefined
  /** for how long every `caBundle` has held what the record asks for; none where one does not */
  carriedMs(): number | undefined
  /** whether somebody did not trust us since this was asked last */
  takeDoubt(): boolean
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
 * next step, one at a time. Whatever fails is told once and tried again.
 */
export async function keepAuthority(duty: AuthorityDuty, term: LeaseTerm): Promise<void> {
  const { parts, kept, wake } = duty
  const { configurations } = kept
  const { log, clock } = parts
  const client = fenceClient(parts.client, term)
  const trouble = makeTrouble(log, kept.place.name)
  /** acted upon already: until the watch shows what came of it, there is nothing to decide */
  let done: { readonly secret: SeenSecret | undefined; readonly at: number } | undefined

  while (!term.signal.aborted) {
    const changed = wake.next()
    // trouble with one is no reason to leave the other undone
    const attempts = [await trouble.around('caBundle', publish), await trouble.around('Secret', step)]
    const isWell = attempts.every((isDone) => isDone)
    await rest(isWell ? TICK_MS : trouble.pauseMs(), isWell ? changed : undefined)
  }

  async function publish(): Promise<void> {
    const bundles = configurations.bundles()
    const inDoubt = kept.takeDoubt()
    if (bundles === undefined) return
    const wanted = bundleToPublish(kept.record(), bundles)
    if (wanted.length === 0) return
    if (configurations.inSync(wanted).every(({ inSync }) => inSync) && !inDoubt) return
    if (configurations.takesAway(wanted) && !(await isFresh())) return
    if (!duty.publishing.take()) return
    const written = await configurations.publish({ client, wanted, signal: limit(), isLive: inDoubt })
    if (written.length > 0)
      log.info({ configurations: written, authorities: wanted.length }, 'wrote caBundle')
  }

  async function step(): Promise<void> {
    const secret = kept.secret()
    if (done !== undefined && done.secret === secret && clock() - done.at < CALL_MS) return
    const record = kept.record()
    const next = decide(secret, record)
    if (next.do === 'wait') return
    // a watch may lag behind, and these steps cannot be undone
    if (IRREVERSIBLE.includes(next.do) && !(await configurations.carryNow(bundleOf(record), limit()))) return
    const made = await takeStep(record, next, duty.make)
    await writeSecret(client, kept.place, { record: made, seen: secret }, limit())
    done = { secret, at: clock() }
    const tell = next.do === 'restore' || next.do === 'dismiss' ? 'warn' : 'info'
    log[tell]({ step: next.do, why: next.why, secret: kept.place.name }, 'certificates')
  }

  function decide(secret: SeenSecret | undefined, record: AuthorityRecord): Step {
    return nextStep({
      record,
      remembered: kept.remembered(),
      bundles: configurations.bundles(),
      carriedMs: kept.carriedMs(),
      settleMs: duty.settleMs,
      asked: askedOf(secret),
      now: parts.now(),
    })
  }

  /** Whether what the watch shows of the Secret is what there is: no CA is taken away on the word of a watch. */
  async function isFresh(): Promise<boolean> {
    const live = await readLive(client, kept.place, limit())
    return live?.digest === kept.secret()?.digest
  }

  function limit(): AbortSignal {
    return AbortSignal.any([term.signal, AbortSignal.timeout(CALL_MS)])
  }

  async function rest(milliseconds: number, changed: Promise<void> | undefined): Promise<void> {
    using nap = linkAbort(term.signal)
    const slept = parts.sleep(milliseconds, nap.signal).catch(() => undefined)
    await (changed === undefined ? slept : Promise.race([slept, changed]))
  }
}
