import { setTimeout as sleep } from 'node:timers/promises'
import type { Record as Recorder } from '../record.ts'
import type { Answer, Kind } from './ask.ts'

/** Every call that was made, by what became of it. Nothing is left out. */
export interface Ledger {
  readonly counts: Readonly<Partial<Record<Kind, number>>>
  /** what was said where it was not an injection, each once, with its number */
  readonly messages: ReadonlyMap<string, number>
  /** milliseconds of the calls that got an injected pod */
  readonly milliseconds: readonly number[]
}

export interface Load {
  /** so far */
  readonly ledger: Ledger
  /** how many calls were answered so far */
  readonly answered: () => number
  stop(): Promise<Ledger>
}

/** Asks over and over, from several callers at once, each as soon as it was answered. */
export function startLoad(ask: () => Promise<Answer>, callers = 4): Load {
  const counts: Partial<Record<Kind, number>> = {}
  const messages = new Map<string, number>()
  const milliseconds: number[] = []
  const ledger: Ledger = { counts, messages, milliseconds }
  const over = new AbortController()
  let answered = 0
  const call = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const began = performance.now()
      const { kind, message } = await ask()
      counts[kind] = (counts[kind] ?? 0) + 1
      answered += 1
      if (kind === 'injected') milliseconds.push(performance.now() - began)
      else messages.set(`${kind}: ${message}`, (messages.get(`${kind}: ${message}`) ?? 0) + 1)
      // nobody hurries to a door that is shut
      if (kind === 'no connection') await sleep(20)
    }
  }
  const calling = Array.from({ length: callers }, call)
  return {
    ledger,
    answered: () => answered,
    async stop() {
      over.abort()
      await Promise.all(calling)
      return ledger
    },
  }
}

/** The value below which `share` of them lie; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** What holds of every load: no call failed, none slipped through, none was refused for nothing. */
export function recordLedger(record: Recorder, { counts, messages, milliseconds }: Ledger): void {
  const ours = ['not injected', 'refused by us', 'failed call'] as const
  for (const kind of ours) record.is(`calls ${kind}`, counts[kind] ?? 0, 0)
  for (const [message] of [...messages]
    .filter(([text]) => ours.some((kind) => text.startsWith(kind)))
    .slice(0, 3))
    record.figure('for example', message.slice(0, 300))
  record.figure(
    'calls',
    Object.entries(counts)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', '),
  )
  record.figure(
    'time to an injected pod, ms',
    `p50 ${quantile(milliseconds, 0.5).toFixed(1)}, p99 ${quantile(milliseconds, 0.99).toFixed(1)}`,
  )
}

/** Load while something happens. */
export async function underLoad(
  record: Recorder,
  ask: () => Promise<Answer>,
  act: (load: Load) => Promise<void>,
  callers?: number,
): Promise<Ledger> {
  const load = startLoad(ask, callers)
  try {
    await act(load)
  } finally {
    await load.stop()
  }
  recordLedger(record, load.ledger)
  return load.ledger
}
