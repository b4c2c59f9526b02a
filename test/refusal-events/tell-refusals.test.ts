import { describe, expect, test } from 'vitest'
import type { ReviewEvent } from '../../src/admission/handle.ts'
import { decodeReview } from '../../src/admission/review.ts'
import { FactUnavailable, type FactSubject } from '../../src/facts/fact-source.ts'
import { controllerOf, type OwnerReference } from '../../src/facts/owner-reference.ts'
import { tellRefusals, type TellingParts } from '../../src/refusal-events/tell-refusals.ts'
import { aPod, aReview, type ReviewParts } from '../admission/a-review.ts'
import { decideUngoverned } from '../admission/known-facts.ts'
import { manualTimers } from '../certs/timers.ts'
import { SHOP } from '../admission/a-handler.ts'
import { EventsServer } from './an-events-server.ts'

const DEPLOYMENT: OwnerReference = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  name: 'web',
  uid: 'd1',
}
const REPLICA_SET = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web-7d9f',
  uid: 'rs1',
  controller: true,
}

function refused(
  { appId = 'nobody', owner = REPLICA_SET }: { appId?: string; owner?: object | null } = {},
  parts: ReviewParts = {},
): ReviewEvent {
  const metadata = owner === null ? {} : { ownerReferences: [owner] }
  const object = aPod({ annotations: { 'dapr.io/shared': appId }, metadata })
  const review = decodeReview(aReview({ object, ...parts }))
  return { stage: 'mutate', review, decision: decideUngoverned('mutate', review, SHOP), milliseconds: 1 }
}

/** Events of a server that holds them, on a clock that stands still. */
function telling({
  server = new EventsServer(),
  ...parts
}: Partial<TellingParts> & { server?: EventsServer } = {}) {
  const timers = manualTimers()
  const clock = { now: 0 }
  const results: Record<string, number> = {}
  const warned: object[] = []
  const events = tellRefusals({
    client: server,
    instance: 'replica-1',
    ownerOf: async ({ pod }) =>
      controllerOf({ ownerReferences: pod.metadata.ownerReferences })?.uid === 'rs1' ? DEPLOYMENT : undefined,
    allowed: () => true,
    tell: (result, refusals) => void (results[result] = (results[result] ?? 0) + refusals),
    log: { warn: (facts) => void warned.push(facts) },
    now: () => Date.UTC(2026, 0, 1) + clock.now,
    clock: () => clock.now,
    setTimer: timers.setTimer,
    ...parts,
  })
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    server,
    results,
    warned,
    timers,
    stop: () => events[Symbol.asyncDispose](),
    /** takes note of refusals, and waits until what can be told at once is told */
    refuse: async (...those: ReviewEvent[]) => {
      for (const one of those) events.refused(one)
      await settle()
    },
    pass: async (milliseconds: number) => {
      clock.now += milliseconds
      timers.fire()
      await settle()
    },
    only: () => [...server.events.values()][0],
  }
}

describe('a refused pod of a Deployment', () => {
  test('is told by a warning on the Deployment, with the message of the refusal', async () => {
    const { refuse, server, results, only } = telling()
    await refuse(refused())
    expect([...server.events.keys()][0]).toMatch(
      /^\/apis\/events\.k8s\.io\/v1\/namespaces\/shop\/events\/web\.[0-9a-f]{16}$/,
    )
    expect(only()).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      type: 'Warning',
      reason: 'RefusedByDaprShared',
      action: 'CreatePod',
      reportingController: 'dapr-shared-admission',
      reportingInstance: 'replica-1',
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'd1' },
    })
    expect(only()?.note).toMatch(/^\[instance\.missing\] no Dapr Shared instance "nobody"/)
    expect(results).toEqual({ written: 1 })
  })

  test('thirteen times is one Event, which shows at once that it goes on and then counts once a minute', async () => {
    const { refuse, pass, server, results, only } = telling()
    await refuse(refused())
    expect(only()?.series).toBeUndefined()
    await refuse(refused())
    expect(only()?.series).toEqual({ count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' })
    for (let retry = 0; retry < 11; retry++) await refuse(refused())
    expect(server.asked).toEqual(['POST', 'PATCH'])
    await pass(60_000)
    expect(only()?.series).toEqual({ count: 13, lastObservedTime: '2026-01-01T00:01:00.000000Z' })
    expect([server.events.size, server.asked.length, results]).toEqual([1, 3, { written: 1, counted: 12 }])
  })

  test('of each of two ReplicaSets and of another replica of ours continues the same Event', async () => {
    const server = new EventsServer()
    const first = telling({ server })
    const second = telling({ server, ownerOf: async () => DEPLOYMENT })
    await first.refuse(refused())
    await second.refuse(refused({ owner: { ...REPLICA_SET, name: 'web-5c4b', uid: 'rs2' } }))
    expect([server.events.size, first.only()?.series?.count]).toEqual([1, 2])
    await first.refuse(refused())
    expect(first.only()?.series?.count, 'the state of the first is an old one').toBe(3)
  })

  test('begins another Event after the first has expired', async () => {
    const { refuse, server, only } = telling()
    await refuse(refused())
    server.events.clear()
    await refuse(refused())
    expect([server.events.size, only()?.series]).toEqual([1, undefined])
  })

  test('for another reason is another Event', async () => {
    const { refuse, server } = telling()
    await refuse(refused(), refused({ appId: 'nobody-else' }))
    expect(server.events.size).toBe(2)
  })
})

describe('nothing is told of', () => {
  test.each([
    ['a dry run', refused({}, { dryRun: true })],
    ['a pod without an owner', refused({ owner: null })],
    ['an admitted pod', refused({ appId: 'cart' })],
    [
      'a change of a pod',
      {
        ...refused(),
        review: { ...refused().review, operation: 'UPDATE', subject: { kind: 'other' } },
      } satisfies ReviewEvent,
    ],
  ])('%s, and nobody is asked', async (_, event) => {
    const asked: unknown[] = []
    const { refuse, server, results } = telling({
      ownerOf: async (subject) => void asked.push(subject),
    })
    await refuse(event)
    expect([asked, server.asked, results]).toEqual([[], [], {}])
  })

  test('an owner that the pod only claims', async () => {
    const { refuse, server, results } = telling()
    await refuse(refused({ owner: { ...REPLICA_SET, uid: 'forged' } }))
    expect([server.asked, results]).toEqual([[], { dropped: 1 }])
  })
})

describe('limits', () => {
  test('of a pod only what its owner is verified by is kept while it waits', async () => {
    const asked: FactSubject[] = []
    const { refuse } = telling({
      ownerOf: async (subject) => {
        asked.push(subject)
        return undefined
      },
    })
    const large = { name: 'app', env: [{ name: 'LARGE', value: 'x'.repeat(100_000) }] }
    const metadata = {
      ownerReferences: [REPLICA_SET, ...Array.from({ length: 999 }, () => ({ name: 'more' }))],
    }
    const object = aPod({ annotations: { 'dapr.io/shared': 'nobody' }, metadata, containers: [large] })
    await refuse(refused({}, { object }))
    expect(asked).toHaveLength(1)
    expect(JSON.stringify(asked).length).toBeLessThan(500)
    const labelled = aPod({
      annotations: { 'dapr.io/shared': 'nobody' },
      metadata,
      labels: { app: 'x'.repeat(9000) },
    })
    await refuse(refused({}, { object: labelled }))
    expect(asked).toHaveLength(1)
  })

  test('what they refuse is dropped without a word in the log', async () => {
    const { refuse, server, results, warned } = telling({ allowed: () => false })
    await refuse(refused(), refused())
    expect([server.asked, results, warned]).toEqual([[], { dropped: 2 }, []])
    const unasked = telling({
      ownerOf: () => Promise.reject(new FactUnavailable('too many questions at once')),
    })
    await unasked.refuse(refused())
    expect([unasked.results, unasked.warned]).toEqual([{ dropped: 1 }, []])
  })

  test('a flood of different refusals is kept only up to a number, while an owner is slow to be found', async () => {
    const never = new Promise<undefined>(() => undefined)
    const { refuse, results } = telling({ ownerOf: () => never })
    const flood = Array.from({ length: 300 }, (_, index) => refused({ appId: `app-${index}` }))
    await refuse(...flood)
    expect(results).toEqual({ dropped: 200 })
  })
})

describe('trouble', () => {
  test('is logged once, and the next refusal is told when it is over', async () => {
    const { refuse, server, results, warned, only } = telling()
    server.failure = new Error('no answer')
    await refuse(refused())
    await refuse(refused())
    expect([results, warned.length]).toEqual([{ failed: 2 }, 1])
    server.failure = undefined
    await refuse(refused())
    expect([results, only()?.series]).toEqual([{ failed: 2, written: 1 }, undefined])
  })

  test('with a series: the refusals are counted later', async () => {
    const { refuse, pass, server, only } = telling()
    await refuse(refused())
    server.failure = new Error('no answer')
    await refuse(refused())
    server.failure = undefined
    await pass(60_000)
    expect(only()?.series?.count).toBe(2)
  })
})

describe('an Event that can be written but not continued', () => {
  const broken = (server: EventsServer): void => {
    server.send = () => Promise.reject(new Error('not allowed'))
  }

  test('counts its refusals as failed after six minutes, and does not keep the Events of others from being written', async () => {
    const { refuse, pass, server, results } = telling()
    broken(server)
    await refuse(refused())
    await refuse(refused())
    await pass(300_000)
    expect(results).toEqual({ written: 1 })
    await pass(60_000)
    expect(results).toEqual({ written: 1, failed: 1 })
    for (let minute = 0; minute < 600; minute++) {
      await refuse(refused({ appId: `app-${minute}` }))
      await pass(60_000)
    }
    expect(results).toEqual({ written: 601, failed: 1 })
  })

  test('while it goes on being refused, too', async () => {
    const { refuse, pass, server, results } = telling()
    broken(server)
    await refuse(refused())
    for (let minute = 0; minute < 600; minute++) {
      await refuse(refused(), refused({ appId: `app-${minute}` }))
      await pass(60_000)
    }
    expect(results['written']).toBe(601)
    expect(results['failed']).toBeGreaterThan(590)
    expect(results['dropped']).toBeUndefined()
  })
})

test('a claim that is false takes no Event from those whose owner is real', async () => {
  let left = 1
  const { refuse, results } = telling({ allowed: () => left-- > 0 })
  for (let forged = 0; forged < 20; forged++)
    await refuse(refused({ owner: { ...REPLICA_SET, uid: `u${forged}` } }))
  await refuse(refused())
  expect(results).toEqual({ dropped: 20, written: 1 })
})

test('trouble is not over because a limit kept the next from being tried', async () => {
  let left = 1
  const { refuse, server, warned } = telling({ allowed: () => left-- > 0 })
  server.failure = new Error('no answer')
  await refuse(refused())
  await refuse(refused())
  left = 1
  await refuse(refused())
  expect(warned).toHaveLength(1)
})

test('after the end nothing is written any more, and nothing waits', async () => {
  const { refuse, pass, stop, server, timers } = telling()
  await refuse(refused(), refused(), refused())
  await refuse(refused())
  await stop()
  await refuse(refused())
  await pass(60_000)
  expect([server.asked, timers.waits()]).toEqual([['POST', 'PATCH'], []])
})
