import { applyObject } from './apply.ts'
import { ApiError } from './call-errors.ts'
import { type Sleep, within } from './deadline.ts'
import type { KubeClient } from './kube-client.ts'
import { claim, readLease, release, unclaimed, type LeaseTimings, type SeenLease } from './lease-record.ts'
import type { LeaseTerm } from './lease-term.ts'
import { linkAbort } from './linked-abort.ts'

export interface LeaseOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  /** tells this process from every other, also from its own predecessor */
  readonly identity: string
  /** what is done with it, for others to read */
  readonly duties: string
  /** Whether it is taken at once from a holder who does only this; such a one learns of it at his next renewal. */
  readonly outranks?: (duties: string | undefined) => boolean
  /** done while we hold the Lease; it must end soon after the signal, which fires the moment we may not hold it any more */
  readonly lead: (term: LeaseTerm) => Promise<void>
  /** milliseconds since the epoch, for what others read */
  readonly now: () => number
  /** milliseconds, monotonic, for what we measure */
  readonly clock: () => number
  readonly random: () => number
  readonly sleep: Sleep
  /** ends it, for good */
  readonly signal: AbortSignal
  readonly log: {
    info(facts: object, message: string): void
    warn(facts: object, message: string): void
  }
  readonly timings?: LeaseTimings
}

/**
 * As client-go's leader election: a holder that could not renew for 10 s stops by itself, and nobody takes the Lease
 * before 15 s went by without a change, so two never hold it as long as clocks run alike. But for one who outranks the
 * holder: what they both do, both may do until the holder's next renewal.
 */
export const DEFAULT_LEASE_TIMINGS: LeaseTimings = {
  durationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2_000,
}

/** So that many who wait do not try in step (client-go's JitterFactor). */
const JITTER = 0.2
const RELEASE_MS = 2_000
const FIELD_MANAGER = 'dapr-shared-admission'

type Outcome = 'held' | 'taken' | 'failed'

/** Contends for a Lease, leads while it holds it, and contends again, until it is stopped. Never rejects. */
export async function contendForLease(options: LeaseOptions): Promise<void> {
  const { client, namespace, name, identity, now, clock, random, sleep, signal, log } = options
  const timings = options.timings ?? DEFAULT_LEASE_TIMINGS
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`
  /** what was last seen of it, and since when on our own clock: the clocks of others are not believed */
  let seen: SeenLease | undefined
  let seenAt = 0
  let isTrouble = false

  while (!signal.aborted) {
    const began = clock()
    if ((await attempt(timings.renewDeadlineMs)) === 'held') await leadFrom(began)
    await pause()
  }

  /** Leads until the Lease is taken, or was not renewed in time. */
  async function leadFrom(began: number): Promise<void> {
    log.info({ lease: `${namespace}/${name}`, identity }, 'leading')
    using term = linkAbort(signal)
    let renewedAt = began
    const isHeld = (): boolean => !term.signal.aborted && clock() - renewedAt < timings.renewDeadlineMs
    const work = options.lead({ signal: term.signal, isHeld }).catch((error: unknown) => {
      log.warn({ err: error }, 'leading failed')
    })
    // a timer of its own: the term must end in time even while an attempt hangs
    const expire = async (): Promise<void> => {
      while (!term.signal.aborted) {
        const left = renewedAt + timings.renewDeadlineMs - clock()
        if (left <= 0) return term.abort(new Error('the lease was not renewed in time'))
        await sleep(left, term.signal).catch(() => undefined)
      }
    }
    const expiring = expire()
    while (!term.signal.aborted) {
      await sleep(timings.retryMs, term.signal).catch(() => undefined)
      if (term.signal.aborted) break
      const at = clock()
      const outcome = await attempt(Math.max(1, renewedAt + timings.renewDeadlineMs - at))
      if (outcome === 'held') renewedAt = at
      if (outcome === 'taken') term.abort(new Error('the lease was taken'))
    }
    await Promise.all([work, expiring])
    if (signal.aborted) await giveBack()
    log.info({ lease: `${namespace}/${name}`, identity }, 'not leading any more')
  }

  async function attempt(milliseconds: number): Promise<Outcome> {
    try {
      const outcome = await within(
        { milliseconds, what: 'renewing the lease', sleep, signal },
        acquireOrRenew,
      )
      isTrouble = false
      return outcome
    } catch (error) {
      // another was faster: its record is read the next time
      if (signal.aborted || (error instanceof ApiError && error.status === 409)) return 'failed'
      const reason = error instanceof Error ? error.message : 'no answer'
      if (!isTrouble) log.warn({ lease: `${namespace}/${name}`, reason }, 'cannot get the lease')
      isTrouble = true
      return 'failed'
    }
  }

  async function acquireOrRenew(limit: AbortSignal): Promise<Outcome> {
    const present = (await read(limit)) ?? (await make(limit))
    if (present.record !== seen?.record) note(present)
    const isOurs = present.holder === identity
    const isFree = present.holder === '' || clock() - seenAt >= present.durationMs
    const isYielded = options.outranks?.(present.duties) ?? false
    if (!isOurs && !isFree && !isYielded) return 'taken'
    const update = claim({ identity, duties: options.duties, now: now(), timings, present })
    note(readLease(await client.send('PUT', path, update, { signal: limit })))
    return 'held'
  }

  async function read(limit: AbortSignal): Promise<SeenLease | undefined> {
    try {
      return readLease(await client.get(path, { signal: limit }))
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }

  /** Without a holder: two that make it at once make the same, and one of them gets it by the update that follows. */
  async function make(limit: AbortSignal): Promise<SeenLease> {
    const object = unclaimed(namespace, name)
    return readLease(await applyObject({ client, path, object, fieldManager: FIELD_MANAGER, signal: limit }))
  }

  function note(lease: SeenLease): void {
    seen = lease
    seenAt = clock()
  }

  /** So that the next one need not wait until it expires. */
  async function giveBack(): Promise<void> {
    if (seen?.holder !== identity) return
    const limit = AbortSignal.timeout(RELEASE_MS)
    await client
      .send('PUT', path, release(seen, now()), { signal: limit })
      .catch((error: unknown) => log.info({ err: error }, 'the lease was not given back'))
  }

  async function pause(): Promise<void> {
    if (signal.aborted) return
    await sleep(timings.retryMs * (1 + JITTER * random()), signal).catch(() => undefined)
  }
}
