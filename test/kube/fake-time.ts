import type { Sleep } from '../../src/kube/deadline.ts'

export interface FakeTime {
  readonly now: () => number
  readonly sleep: Sleep
  /** every sleep that was asked for, in milliseconds */
  readonly slept: number[]
  /** how many sleep at this moment */
  readonly sleeping: number
  /** Lets that much time pass, waking the sleepers one after the other, each with time to do what it woke up for. */
  advance(milliseconds: number): Promise<void>
  /** Lets time pass as it does for a process that stands still: nobody wakes. */
  jump(milliseconds: number): void
  /** Waits until somebody sleeps for exactly so long, and lets that time pass. */
  pass(milliseconds: number): Promise<void>
}

/** A clock that stands still until a test moves it. Sleeps shorter than `instantBelow` end at once. */
export function fakeTime({ instantBelow = 0 }: { instantBelow?: number } = {}): FakeTime {
  let now = Date.UTC(2026, 10, 21)
  const sleepers = new Set<{ asked: number; due: number; wake: () => void }>()
  const slept: number[] = []

  async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    slept.push(milliseconds)
    if (milliseconds < instantBelow) {
      await turn()
      signal.throwIfAborted()
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const sleeper = { asked: milliseconds, due: now + milliseconds, wake: resolve }
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    sleepers.add(sleeper)
    try {
      await promise
    } finally {
      sleepers.delete(sleeper)
      signal.removeEventListener('abort', onAbort)
    }
  }

  async function advance(milliseconds: number): Promise<void> {
    const end = now + milliseconds
    for (;;) {
      const next = [...sleepers].toSorted((a, b) => a.due - b.due)[0]
      if (!next || next.due > end) break
      now = next.due
      sleepers.delete(next)
      next.wake()
      await turn()
    }
    now = end
    await turn()
  }

  return {
    now: () => now,
    sleep,
    slept,
    get sleeping() {
      return sleepers.size
    },
    advance,
    jump: (milliseconds) => void (now += milliseconds),
    async pass(milliseconds) {
      await eventually(() => [...sleepers].some(({ asked }) => asked === milliseconds))
      await advance(milliseconds)
    },
  }
}

/** A few turns of the event loop: enough for promises, not a wait for the network. */
async function turn(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Polls until it holds; the network of these tests is real, only their time is not. */
export async function eventually(holds: () => boolean, patienceMs = 10_000): Promise<void> {
  const end = performance.now() + patienceMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never came true: ${holds.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
