import { afterEach, beforeEach, expect, test } from 'vitest'
import { UnreachableError, UnreadableAnswer } from '../../src/kube/call-errors.ts'
import type { Verdict } from '../../src/kube/quiet-probe.ts'
import { DEFAULT_TIMINGS } from '../../src/kube/timings.ts'
import { guardWatch } from '../../src/kube/watchdog.ts'
import { fakeTime, type FakeTime } from './fake-time.ts'

let time: FakeTime
let stop: AbortController
let lines: number
let probes: number
let contacts: number
let cutFor: Error | undefined
let verdict: () => Verdict
let done: Promise<void>

beforeEach(() => {
  time = fakeTime()
  stop = new AbortController()
  lines = probes = contacts = 0
  cutFor = undefined
  verdict = () => 'current'
  done = guardWatch(
    {
      lines: () => lines,
      async probe() {
        probes += 1
        return verdict()
      },
      onCurrent: () => void (contacts += 1),
      cut: (reason) => void (cutFor = reason),
      sleep: time.sleep,
      signal: stop.signal,
    },
    DEFAULT_TIMINGS,
  )
})

afterEach(async () => {
  stop.abort()
  await done
})

/** Lets seconds pass, with a line in each fifth of them when the watch speaks. */
async function pass(seconds: number, { speaking = false } = {}): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    if (speaking) lines += 1
    await time.advance(5_000)
  }
}

test('asks after 25 s of silence, and each 25 s from there', async () => {
  await pass(20)
  expect(probes).toBe(0)
  await pass(5)
  expect([probes, contacts]).toEqual([1, 1])
  await pass(50)
  expect([probes, contacts]).toEqual([3, 3])
  expect(cutFor).toBeUndefined()
})

test('a watch that speaks is never asked about nor cut, however long it lives', async () => {
  await pass(3600, { speaking: true })
  expect(probes).toBe(0)
  expect(cutFor).toBeUndefined()
})

test('each line begins the silence anew', async () => {
  for (let round = 0; round < 20; round += 1) {
    await pass(20)
    await pass(5, { speaking: true })
  }
  expect(probes).toBe(0)
})

test('cuts at once when something was missed', async () => {
  verdict = () => 'missed'
  await pass(25)
  expect(cutFor).toBeInstanceOf(UnreachableError)
  expect(cutFor?.message).toContain('silent for 25 s')
})

test('does not cut a watch that spoke while we asked: the news was its own', async () => {
  verdict = () => {
    lines += 1
    return 'missed'
  }
  await pass(25)
  expect(cutFor).toBeUndefined()
  expect(contacts).toBe(0)
})

test('while nobody answers, asks at each tick and keeps the watch; cuts it with the first answer', async () => {
  verdict = () => 'unreachable'
  await pass(45)
  expect(probes).toBe(5)
  expect(cutFor).toBeUndefined()
  verdict = () => 'current'
  await pass(5)
  expect(cutFor).toBeInstanceOf(UnreachableError)
})

test('a watch that speaks again is above suspicion', async () => {
  verdict = () => 'unreachable'
  await pass(25)
  await pass(5, { speaking: true })
  verdict = () => 'current'
  await pass(25)
  expect(probes).toBe(2)
  expect(cutFor).toBeUndefined()
})

test('a refusal says nothing about the watch', async () => {
  verdict = () => 'refused'
  await pass(175)
  expect(cutFor).toBeUndefined()
  expect(contacts).toBe(0)
})

test('three minutes without so much as a bookmark: nothing is trusted any more', async () => {
  await pass(175)
  expect(cutFor).toBeUndefined()
  await pass(5)
  expect(cutFor).toBeInstanceOf(UnreadableAnswer)
  expect(cutFor).toMatchObject({ mistrust: true })
})

test('ends with its watch', async () => {
  stop.abort()
  await done
  expect(time.sleeping).toBe(0)
})
