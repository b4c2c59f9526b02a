import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { isWithin } from '../../../src/certs/pem-bundle.ts'
import { nextStep } from '../../../src/certs/built-in/next-step.ts'
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

/** A cluster in which a leader keeps the certificates, and all goes wrong that an order of events can bring. */
function cluster() {
  let clock = 0
  let date = NOW.getTime()
  const make = labelMaker(() => new Date(date))
  let record: AuthorityRecord = {}
  let asked: string | undefined
  let remembered: AuthorityRecord | undefined
  let carried: { bundle: string; since: number } | undefined
  const bundles = [new Lagging<readonly string[]>([]), new Lagging<readonly string[]>([])]
  const leaf = new Lagging<string | undefined>(undefined)

  /** Whoever calls may trust by any caBundle of late, and whoever answers may show any leaf of late. */
  function broken(): string | undefined {
    for (const shown of leaf.seenAt(clock))
      for (const bundle of bundles.flatMap((one) => one.seenAt(clock)))
        if (shown !== undefined && !bundle.includes(signerOf(shown)))
          return `${shown} is shown to who trusts ${bundle.join()}`
    return undefined
  }

  function carriedMs(): number | undefined {
    const wanted = bundleOf(record)
    const isCarried = wanted.length > 0 && bundles.every(({ value }) => isWithin(wanted, value))
    if (!isCarried) carried = undefined
    else if (carried?.bundle !== wanted.join()) carried = { bundle: wanted.join(), since: clock }
    return carried === undefined ? undefined : clock - carried.since
  }

  async function lead(which: 'publish one' | 'publish' | 'step'): Promise<void> {
    if (which !== 'step') {
      const wanted = bundleToPublish(
        record,
        bundles.map(({ value }) => value),
      )
      const stale = bundles.filter(({ value }) => wanted.length > 0 && !same(value, wanted))
      for (const one of which === 'publish' ? stale : stale.slice(0, 1)) one.set(wanted, clock)
      return
    }
    const step = nextStep({
      record,
      remembered,
      bundles: bundles.map(({ value }) => value),
      carriedMs: carriedMs(),
      settleMs: SETTLE,
      asked,
      now: new Date(date),
    })
    if (step.do === 'wait') return
    asked = undefined
    const written = await takeStep(record, step, make)
    if (written !== undefined) write(written)
  }

  function write(next: AuthorityRecord): void {
    record = next
    if (isComplete(record)) remembered = record
    if (record.leaf !== undefined && record.leaf.certPem !== leaf.value) leaf.set(record.leaf.certPem, clock)
  }

  return {
    broken,
    isServing: () => leaf.value !== undefined && carriedMs() !== undefined && isComplete(record),
    async do(event: Event): Promise<void> {
      if (event.do === 'pass') {
        clock += event.milliseconds
        date += event.milliseconds
      }
      // the clock of the machine, not the one that durations are measured by
      if (event.do === 'move the clock') date += event.days * DAY
      if (event.do === 'lead') await lead(event.what)
      if (event.do === 'ask') asked = event.what
      if (event.do === 'crash') {
        remembered = isComplete(record) ? record : undefined
        carried = undefined
      }
      if (event.do === 'erase') record = {}
      if (event.do === 'damage') {
        // without its CA a leaf proves nothing
        const parts = event.part === 'authority' ? ['authority', 'leaf'] : [event.part]
        record = Object.fromEntries(Object.entries(record).filter(([part]) => !parts.includes(part)))
      }
      carriedMs()
    },
  }
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return isWithin(one, other) && isWithin(other, one)
}

type Event =
  | { do: 'pass'; milliseconds: number }
  | { do: 'move the clock'; days: number }
  | { do: 'lead'; what: 'publish one' | 'publish' | 'step' }
  | { do: 'ask'; what: string }
  | { do: 'crash' }
  | { do: 'erase' }
  | { do: 'damage'; part: 'authority' | 'leaf' | 'next' }

const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('lead' as const),
      what: fc.constantFrom('publish one' as const, 'publish' as const, 'step' as const),
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
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('damage' as const),
      part: fc.constantFrom('authority' as const, 'leaf' as const, 'next' as const),
    }),
  },
)

const RUN: Event[] = [
  { do: 'lead', what: 'step' },
  { do: 'lead', what: 'publish' },
  { do: 'pass', milliseconds: 6_000 },
]

test('in no order of events is a leaf shown to a caller who cannot verify it', async () => {
  let served = 0
  await fc.assert(
    fc.asyncProperty(fc.array(events, { maxLength: 60 }), async (story) => {
      const world = cluster()
      for (const event of [...RUN, ...RUN, ...story]) {
        await world.do(event)
        expect(world.broken()).toBeUndefined()
      }
      // and left alone, it comes to rest with a certificate that everybody trusts
      for (let round = 0; round < 8; round += 1) for (const event of RUN) await world.do(event)
      expect(world.isServing()).toBe(true)
      expect(world.broken()).toBeUndefined()
      served += 1
    }),
    { numRuns: 3_000 },
  )
  expect(served).toBe(3_000)
})
