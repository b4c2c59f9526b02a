import { describe, expect, onTestFinished, test } from 'vitest'
import { ApiError, UnreachableError } from '../../src/kube/call-errors.ts'
import { contendForLease } from '../../src/kube/lease.ts'
import { fakeTime, type FakeTime } from './fake-time.ts'
import { LeaseServer } from './lease-server.ts'

interface Candidate {
  /** `a leads`, `a ended` */
  readonly told: string[]
  readonly warned: unknown[]
  readonly leads: boolean
  /** what a duty asks right before it writes */
  mayWrite(): boolean
  stop(): Promise<void>
}

/** As it leads: one who has all the duties takes the Lease from one who has not. */
interface Rank {
  readonly duties: string
  readonly outranks?: (duties: string | undefined) => boolean
}

const SOME: Rank = { duties: 'some' }
const ALL: Rank = { duties: 'all', outranks: (duties) => duties !== 'all' }

function candidate(identity: string, client: LeaseServer, time: FakeTime, rank: Rank): Candidate {
  const stop = new AbortController()
  const told: string[] = []
  const warned: unknown[] = []
  let leads = false
  let held: (() => boolean) | undefined
  const done = contendForLease({
    client,
    namespace: 'dapr-shared-system',
    name: 'dapr-shared-admission',
    identity,
    ...rank,
    now: time.now,
    clock: time.now,
    random: () => 0,
    sleep: time.sleep,
    signal: stop.signal,
    log: { info: () => undefined, warn: (facts) => void warned.push(facts) },
    lead: async ({ signal, isHeld }) => {
      held = isHeld
      leads = true
      told.push('leads')
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      leads = false
      told.push('ended')
    },
  })
  const end = async (): Promise<void> => {
    stop.abort()
    await done
  }
  onTestFinished(end)
  return {
    told,
    warned,
    get leads() {
      return leads
    },
    mayWrite: () => held?.() ?? false,
    stop: end,
  }
}

function contest() {
  const server = new LeaseServer()
  const time = fakeTime()
  const enter = (identity: string, rank = SOME): Candidate => candidate(identity, server, time, rank)
  const join = async (identity: string, rank = SOME): Promise<Candidate> => {
    const one = enter(identity, rank)
    // its first attempt ends before any time passes
    await time.advance(0)
    return one
  }
  return { server, time, enter, join }
}

describe('a Lease', () => {
  test('that nobody has made is made by the first, and the second waits', async () => {
    const { server, time, join } = contest()
    const first = await join('a')
    const second = await join('b')
    await time.advance(60_000)
    expect([first.leads, second.leads]).toEqual([true, false])
    expect(server.holder).toBe('a')
    expect(server.transitions).toBe(0)
  })

  test('of two that try at once one leads', async () => {
    const { time, enter } = contest()
    const both = [enter('a'), enter('b')]
    await time.advance(0)
    await time.advance(5_000)
    expect(both.filter(({ leads }) => leads)).toHaveLength(1)
  })

  test('that is given back is taken at once, and the change is counted', async () => {
    const { server, time, join } = contest()
    const first = await join('a')
    const second = await join('b')
    await time.advance(4_000)
    await first.stop()
    expect(first.told).toEqual(['leads', 'ended'])
    expect(server.holder).toBe('')
    await time.advance(2_000)
    expect(second.leads).toBe(true)
    expect(server.transitions).toBe(1)
  })

  test('of a holder that is gone is taken after 15 seconds without a change, whatever its clock said', async () => {
    const { server, time, join } = contest()
    server.lease = {
      metadata: { resourceVersion: '0' },
      spec: { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: '2099-01-01T00:00:00.000000Z' },
    }
    const next = await join('b')
    await time.advance(14_000)
    expect(next.leads).toBe(false)
    await time.advance(4_000)
    expect(next.leads).toBe(true)
    expect(server.holder).toBe('b')
  })

  test.each([
    ['that does not answer', (server: LeaseServer) => void (server.isSilent = true)],
    ['that is gone', (server: LeaseServer) => void (server.failure = new UnreachableError('no route'))],
    [
      'that refuses',
      (server: LeaseServer) =>
        void (server.failure = new ApiError({ status: 403, reason: 'Forbidden', message: 'no' })),
    ],
  ])('cannot be renewed with a server %s: its holder stops before another may begin', async (_, break_) => {
    const { server, time, join } = contest()
    const holder = await join('a')
    await time.advance(3_000)
    break_(server)
    await time.advance(7_000)
    expect(holder.leads).toBe(true)
    await time.advance(5_000)
    expect(holder.leads).toBe(false)
    expect(holder.warned).toHaveLength(1)
    server.failure = undefined
    server.isSilent = false
    await time.advance(20_000)
    expect(holder.leads).toBe(true)
  })

  test('that another has taken is led no longer', async () => {
    const { server, time, join } = contest()
    const holder = await join('a')
    await time.advance(1_000)
    const { metadata } = server.lease ?? {}
    server.lease = { metadata, spec: { holderIdentity: 'b', leaseDurationSeconds: 15 } }
    await time.advance(2_000)
    expect(holder.told).toEqual(['leads', 'ended'])
  })

  test('cannot be had: that is told once, and tried again', async () => {
    const { server, time, join } = contest()
    server.failure = new ApiError({ status: 403, reason: 'Forbidden', message: 'leases is forbidden' })
    const hopeful = await join('a')
    await time.advance(60_000)
    expect(hopeful.warned).toMatchObject([{ reason: 'leases is forbidden' }])
    server.failure = undefined
    await time.advance(3_000)
    expect(hopeful.leads).toBe(true)
  })
})

describe('one who has more duties', () => {
  test('takes the Lease from a holder who has fewer, who ends at his next renewal and waits', async () => {
    const { server, time, join } = contest()
    const few = await join('a', SOME)
    await time.advance(60_000)
    const more = await join('b', ALL)
    expect(more.leads).toBe(true)
    await time.advance(2_000)
    expect(few.told).toEqual(['leads', 'ended'])
    await time.advance(60_000)
    expect([few.leads, more.leads]).toEqual([false, true])
    expect(server.transitions).toBe(1)
  })

  test('waits for another who has as many', async () => {
    const { time, join } = contest()
    const first = await join('a', ALL)
    const second = await join('b', ALL)
    await time.advance(60_000)
    expect([first.leads, second.leads]).toEqual([true, false])
  })

  test('is followed by one who has fewer when he goes', async () => {
    const { time, join } = contest()
    const more = await join('b', ALL)
    const few = await join('a', SOME)
    await more.stop()
    await time.advance(4_000)
    expect(few.leads).toBe(true)
  })
})

describe('what only the holder may write', () => {
  test('may be written while the Lease is renewed', async () => {
    const { time, join } = contest()
    const holder = await join('a')
    await time.advance(60_000)
    expect(holder.mayWrite()).toBe(true)
  })

  test('may not be written any more by a process that stood still, before any of its timers can tell', async () => {
    const { time, join } = contest()
    const holder = await join('a')
    time.jump(10_001)
    expect(holder.leads).toBe(true)
    expect(holder.mayWrite()).toBe(false)
  })

  test('may not be written once another has the Lease', async () => {
    const { server, time, join } = contest()
    const holder = await join('a')
    server.lease = { ...server.lease, spec: { holderIdentity: 'b', leaseDurationSeconds: 15 } }
    await time.advance(2_000)
    expect(holder.mayWrite()).toBe(false)
  })
})

test('a Lease that an installer rendered without a holder is taken at once', async () => {
  const { server, join } = contest()
  server.lease = { metadata: { name: 'dapr-shared-admission', resourceVersion: '7' } }
  const first = await join('a')
  expect(first.leads).toBe(true)
  expect(server.transitions).toBe(0)
})
