import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { isWithin } from '../../../src/certs/pem-bundle.ts'
import { isAccepted, nextStep } from '../../../src/certs/built-in/next-step.ts'
import {
  bundleOf,
  bundleToPublish,
  isComplete,
  type AuthorityRecord,
} from '../../../src/certs/built-in/record.ts'
import { takeStep } from '../../../src/certs/built-in/take-step.ts'
import { PATIENCE } from '../patience.ts'
import { DAY, labelMaker, NOW, signerOf } from './labelled-record.ts'

vi.setConfig(PATIENCE)

const SETTLE = 4_000
/** API servers and replicas see a change after this long at the most. */
const LAG = 3_000

/** Something that everybody sees after a while: what may be seen at one moment is every value of the last `LAG`. */
class Lagging<T> {
  #past: { value: T; until: number }[] = []
  value: T

  constructor(value: T) {
    this.value = value
  }

  set(value: T, clock: number): void {
    this.#past.push({ value: this.value, until: clock + LAG })
    this.value = value
  }

  seenAt(clock: number): T[] {
    this.#past = this.#past.filter(({ until }) => until > clock)
    return [...this.#past.map(({ value }) => value), this.value]
  }
}

const NOTHING = { record: {}, broken: [] }

/** A cluster in which a leader keeps the certificates, and all goes wrong that an order of events can bring. */
function cluster() {
  let clock = 0
  let date = NOW.getTime()
  const make = labelMaker(() => new Date(date))
  const secret = new Lagging<Readonly<{ record: AuthorityRecord; broken: readonly string[] }>>(NOTHING)
  const whole: AuthorityRecord[] = []
  let accepted: AuthorityRecord | undefined
  let wroteAt = -LAG
  let asked: string | undefined
  let remembered: AuthorityRecord | undefined
  let carried: { bundle: string; since: number } | undefined
  const bundles = [new Lagging<readonly string[]>([]), new Lagging<readonly string[]>([])]
  const leaf = new Lagging<string | undefined>(undefined)
  const since = new Map<string, number>()

  /** Whoever calls may trust by any caBundle of late, and whoever answers may show any leaf of late. */
  function unverified(): string | undefined {
    for (const shown of leaf.seenAt(clock))
      for (const bundle of bundles.flatMap((one) => one.seenAt(clock)))
        if (shown !== undefined && !bundle.includes(signerOf(shown)))
          return `${shown} is shown to who trusts ${bundle.join()}`
    return undefined
  }

  /** A replica goes on with what is trusted until its successor is, too. */
  function serve(): void {
    const trusted = bundles.reduce<readonly string[]>(
      (all, { value }) => all.filter((ca) => value.includes(ca)),
      bundles[0]?.value ?? [],
    )
    for (const ca of since.keys()) if (!trusted.includes(ca)) since.delete(ca)
    for (const ca of trusted) if (!since.has(ca)) since.set(ca, clock)
    const next = secret.value.record.leaf?.certPem
    if (next === undefined || next === leaf.value) return
    const start = since.get(signerOf(next))
    const isSame = leaf.value !== undefined && signerOf(leaf.value) === signerOf(next)
    const isForced = leaf.value === undefined || !trusted.includes(signerOf(leaf.value))
    if (isSame || isForced || (start !== undefined && clock - start >= SETTLE)) leaf.set(next, clock)
  }

  function carriedMs(record = secret.value.record): number | undefined {
    const wanted = bundleOf(record)
    const isCarried = wanted.length > 0 && bundles.every(({ value }) => isWithin(wanted, value))
    if (!isCarried) carried = undefined
    else if (carried?.bundle !== wanted.join()) carried = { bundle: wanted.join(), since: clock }
    return carried === undefined ? undefined : clock - carried.since
  }

  /** @param isLate whether watches show what was a while ago */
  async function lead(which: Duty, isLate: boolean): Promise<void> {
    const shown = <T>(one: Lagging<T>): T => (isLate ? one.seenAt(clock)[0] : undefined) ?? one.value
    const seen = { secret: shown(secret), bundles: bundles.map(shown) }
    // what came of its own write is waited for
    if (isLate && clock - wroteAt < LAG) return
    if (which === 'step' || which === 'half a step') return step(seen, which === 'half a step')
    for (const [index, one] of bundles.slice(0, which === 'publish' ? 2 : 1).entries()) {
      let view = seen
      const wanted = (): string[] =>
        bundleToPublish(view.secret.record, view.bundles, isAccepted(view.secret, accepted))
      if (wanted().length > 0 && !isWithin(view.bundles[index] ?? [], wanted()))
        view = { secret: secret.value, bundles: bundles.map(({ value }) => value) }
      // an API server refuses what rests on another than the present version
      if (view.bundles[index] !== one.value) continue
      const bundle = wanted()
      if (bundle.length > 0 && !same(one.value, bundle)) one.set(bundle, clock)
    }
  }

  async function step(
    seen: {
      secret: Readonly<{ record: AuthorityRecord; broken: readonly string[] }>
      bundles: readonly (readonly string[])[]
    },
    endsBeforeTheSecret: boolean,
  ): Promise<void> {
    const { record, broken } = seen.secret
    const next = nextStep({
      record,
      broken,
      accepted,
      remembered,
      bundles: seen.bundles,
      carriedMs: carriedMs(record),
      settleMs: SETTLE,
      asked,
      now: new Date(date),
    })
    if (next.do !== 'restore' && broken.length === 0)
      accepted = record.authority === undefined ? accepted : record
    if (next.do === 'wait') return
    const isCarried = bundles.every(({ value }) => isWithin(bundleOf(record), value))
    if ((next.do === 'promote' || next.do === 'forget') && !isCarried) return
    if (seen.secret !== secret.value) return
    asked = undefined
    const written = await takeStep(record, next, make)
    if (next.do === 'promote') accepted = undefined
    if (next.do === 'forget' && written !== undefined) {
      accepted = written
      for (const one of bundles) if (!same(one.value, bundleOf(written))) one.set(bundleOf(written), clock)
      if (endsBeforeTheSecret) return crash()
    }
    wroteAt = clock
    if (written !== undefined) write(written)
  }

  function crash(): void {
    const { record } = secret.value
    remembered = isComplete(record) ? record : undefined
    carried = undefined
    accepted = undefined
    wroteAt = -LAG
  }

  function write(record: AuthorityRecord, broken: readonly string[] = []): void {
    secret.set({ record, broken }, clock)
    if (!isComplete(record)) return
    remembered = record
    whole.push(record)
  }

  return {
    unverified,
    trusted: () => bundles.map(({ value }) => value.length),
    isServing: () => leaf.value !== undefined && carriedMs() !== undefined && isComplete(secret.value.record),
    async do(event: Event): Promise<void> {
      if (event.do === 'pass') {
        clock += event.milliseconds
        date += event.milliseconds
      }
      // the clock of the machine, not the one that durations are measured by
      if (event.do === 'move the clock') date += event.days * DAY
      if (event.do === 'lead') await lead(event.what, event.isLate)
      if (event.do === 'ask') asked = event.what
      if (event.do === 'crash') crash()
      if (event.do === 'erase') write({})
      if (event.do === 'put back') write(whole[event.which % whole.length] ?? {})
      if (event.do === 'damage') {
        // without its CA a leaf proves nothing
        const parts = event.part === 'authority' ? ['authority', 'leaf'] : [event.part]
        const { record, broken } = secret.value
        const lost = parts.filter((part) => part in record)
        const left = Object.entries(record).filter(([part]) => !parts.includes(part))
        write(Object.fromEntries(left), [...broken, ...lost])
      }
      carriedMs()
      serve()
    },
  }
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return isWithin(one, other) && isWithin(other, one)
}

type Duty = 'publish one' | 'publish' | 'step' | 'half a step'

type Event =
  | { do: 'pass'; milliseconds: number }
  | { do: 'move the clock'; days: number }
  | { do: 'lead'; what: Duty; isLate: boolean }
  | { do: 'ask'; what: string }
  | { do: 'crash' }
  | { do: 'erase' }
  | { do: 'put back'; which: number }
  | { do: 'damage'; part: 'authority' | 'leaf' | 'next' | 'retired' }

const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('lead' as const),
      what: fc.constantFrom<Duty>('publish one', 'publish', 'step', 'half a step'),
      isLate: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(1, 500, 2_999, 3_000, 5_000, 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('move the clock' as const),
      days: fc.constantFrom(-400, -1, 1, 61, 100, 250, 400),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      what: fc.constantFrom('ca', 'serving', 'nonsense'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'erase' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('put back' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('damage' as const),
      part: fc.constantFrom('authority' as const, 'leaf' as const, 'next' as const, 'retired' as const),
    }),
  },
)

const RUN: Event[] = [
  { do: 'lead', what: 'step', isLate: false },
  { do: 'lead', what: 'publish', isLate: false },
  { do: 'pass', milliseconds: 6_000 },
]

/** A CA that somebody asked for, to the end: by chance alone this would hardly ever come about. */
const ROTATION: Event[] = [{ do: 'ask', what: 'ca' }, ...RUN, ...RUN, ...RUN, ...RUN, ...RUN]
/** Most of it, so that what comes next meets it on its way. */
const BEGUN = ROTATION.slice(0, 8)

/** While a late watch still shows the first of two records, which have one CA but not the next, the second is taken. */
const TWICE_PUT_BACK: Event[] = [
  ...ROTATION,
  { do: 'put back', which: 1 },
  { do: 'pass', milliseconds: 60_000 },
  { do: 'put back', which: 0 },
  { do: 'lead', what: 'step', isLate: true },
  ...ROTATION,
]

const stories = fc
  .array(
    fc.oneof(
      { weight: 10, arbitrary: events.map((event) => [event]) },
      { weight: 1, arbitrary: fc.constant(ROTATION) },
      { weight: 1, arbitrary: fc.constant(BEGUN) },
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.flat())

test('in no order of events is a leaf shown to a caller who cannot verify it', async () => {
  let served = 0
  await fc.assert(
    fc.asyncProperty(stories, async (story) => {
      const world = cluster()
      for (const event of [...RUN, ...RUN, ...story]) {
        await world.do(event)
        expect(world.unverified()).toBeUndefined()
      }
      // and left alone, it comes to rest with a certificate that everybody trusts
      for (let round = 0; round < 8; round += 1) for (const event of RUN) await world.do(event)
      expect(world.isServing()).toBe(true)
      expect(world.unverified()).toBeUndefined()
      served += 1
    }),
    { numRuns: 3_000, examples: [[TWICE_PUT_BACK]] },
  )
  expect(served).toBe(3_000)
})

test('a leader that ends in the midst of a rotation leaves no old CA trusted', async () => {
  const ends = ROTATION.flatMap((event, index): Event[][] => {
    const [before, after] = [ROTATION.slice(0, index), ROTATION.slice(index + 1)]
    const half: Event = { do: 'lead', what: 'half a step', isLate: false }
    const isStep = event.do === 'lead' && event.what === 'step'
    return [[...before, event, { do: 'crash' }, ...after], ...(isStep ? [[...before, half, ...after]] : [])]
  })
  for (const story of ends) {
    const world = cluster()
    for (const event of [...RUN, ...RUN, ...story, ...RUN, ...RUN, ...RUN, ...RUN]) await world.do(event)
    expect(world.trusted()).toEqual([1, 1])
  }
})
