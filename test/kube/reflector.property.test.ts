import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApiError, UnreachableError, UnreadableAnswer } from '../../src/kube/call-errors.ts'
import { startReflector } from '../../src/kube/reflector.ts'
import { DEFAULT_TIMINGS } from '../../src/kube/timings.ts'
import { fakeTime, type FakeTime } from './fake-time.ts'
import { eventLine, MemoryCluster } from './memory-cluster.ts'
import { Recorder } from './recorder.ts'
import { valueOf } from './reflector.cases.ts'

/** One thing that happens to the cluster or to the connection. */
type Step = (cluster: MemoryCluster, time: FakeTime) => void | Promise<void>

const NAMES = ['a', 'b', 'c', 'd', 'e']
const STATUSES = [400, 401, 403, 404, 410, 429, 500, 503, 504]
const GARBAGE = [
  '',
  '{',
  'null',
  '{"type":"ADDED"}',
  '{"type":"NEW","object":{}}',
  '{"type":"ERROR","object":{}}',
]

const name = fc.constantFrom(...NAMES)

const ordinary = fc.oneof(
  fc.record({ name, value: fc.constantFrom('1', '2', 'dull', 'bad') }).map(
    (put): Step =>
      (cluster) =>
        void cluster.history.put('n', put.name, { value: put.value }),
  ),
  name.map(
    (gone): Step =>
      (cluster) =>
        cluster.history.remove('n', gone),
  ),
  name.map((again): Step => (cluster) => {
    cluster.history.remove('n', again)
    cluster.history.put('n', again, { value: '1' })
  }),
  fc.constant<Step>((cluster) => cluster.history.tick()),
  fc.constant<Step>((cluster) => cluster.bookmark()),
  // Let the reflector catch up; without these, everything before it comes at once.
  fc.constant<Step>(() => turns(20)),
)

const fault = fc.oneof(
  fc.constant<Step>((cluster) => cluster.cut()),
  fc.constant<Step>((cluster) => cluster.close()),
  fc.constant<Step>((cluster) => cluster.halfLine()),
  fc.constant<Step>((cluster) => cluster.mute()),
  fc.constant<Step>((cluster) => cluster.history.compact()),
  fc.constantFrom(...GARBAGE).map(
    (line): Step =>
      (cluster) =>
        cluster.say(line),
  ),
  fc.constantFrom(...STATUSES).map(
    (code): Step =>
      (cluster) =>
        cluster.say(eventLine('ERROR', { code, message: 'm' })),
  ),
  // A late or repeated event: any of the past, the last one among them.
  fc.nat(30).map((back): Step => (cluster) => {
    const event = cluster.past.at(-1 - back)
    if (event) cluster.say(eventLine(event.type, event.object))
  }),
  fc
    .record({ times: fc.integer({ min: 1, max: 4 }), status: fc.constantFrom(...STATUSES) })
    .map(({ times, status }): Step => (cluster) => {
      const error = new ApiError({ status, reason: '', message: 'm' })
      for (let left = times; left > 0; left -= 1) cluster.failNext(error)
    }),
  fc.constant<Step>((cluster) => cluster.failNext(new UnreachableError('refused'))),
  fc.constant<Step>((cluster) => cluster.failNext(new UnreadableAnswer('no JSON'))),
  fc.constant<Step>((_, time) => time.advance(DEFAULT_TIMINGS.tickMs)),
)

/** etcd comes back from a backup: versions are given out a second time. */
const restore = fc.integer({ min: 1, max: 5 }).map(
  (back): Step =>
    (cluster) =>
      cluster.history.rewind(Math.max(1000, cluster.history.version - back)),
)

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

/** Lets everything happen that waits for no time. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** The truth, as somebody sees it who lists afresh. `bad` cannot be projected, `dull` is of no interest. */
function truth(cluster: MemoryCluster): Record<string, string> {
  const objects = cluster.history
    .list()
    .map((object) => [`n/${object.metadata.name}`, object.data['value'] ?? ''] as const)
  return Object.fromEntries(objects.filter(([, value]) => value !== 'dull'))
}

function project(object: unknown): string | undefined {
  const value = valueOf(object)
  if (value === 'bad') throw new Error('bad')
  return value === 'dull' ? undefined : value
}

/** A server in good health: bookmarks come, and each watch that is open brings them, unless it is muted. */
async function goOnInPeace(cluster: MemoryCluster, time: FakeTime, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 20_000) {
    await idle()
    cluster.bookmark()
    await time.advance(20_000)
  }
  await idle()
}

async function survives(steps: readonly Step[], hasRestores: boolean): Promise<void> {
  const cluster = new MemoryCluster()
  const time = fakeTime({ instantBelow: DEFAULT_TIMINGS.tickMs })
  const recorder = new Recorder<string>()
  const stop = new AbortController()
  let impossible = 0
  const reflector = startReflector<string>({
    client: cluster,
    resource: 'configmaps',
    path: '/configmaps',
    project,
    onChange: (change) => {
      try {
        recorder.onChange(change)
      } catch {
        impossible += 1
      }
    },
    now: time.now,
    random: () => 0.1,
    sleep: time.sleep,
    signal: stop.signal,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    timings: { pageSize: 2 },
  })

  let wasSynced = false
  for (const step of steps) {
    await step(cluster, time)
    expect(Object.fromEntries(reflector.items())).toEqual(Object.fromEntries(recorder.replayed))
    expect(reflector.isSynced() || !wasSynced).toBe(true)
    wasSynced ||= reflector.isSynced()
  }

  // The faults end; whatever is still amiss, a probe or the inactivity limit finds.
  cluster.heal()
  for (const object of cluster.history.list())
    if (object.data['value'] === 'bad') cluster.history.put('n', object.metadata.name, { value: 'good' })
  await goOnInPeace(cluster, time, DEFAULT_TIMINGS.inactivityMs * 2)
  if (hasRestores) {
    await goOnInPeace(cluster, time, DEFAULT_TIMINGS.relistMs)
    cluster.close()
    await idle()
  }
  await reflector.synced

  expect(Object.fromEntries(reflector.items())).toEqual(truth(cluster))
  expect(Object.fromEntries(recorder.replayed)).toEqual(truth(cluster))
  expect(impossible).toBe(0)

  stop.abort()
  await reflector.done
  expect(cluster.openWatches).toBe(0)
}

const HOUR = 3_600_000

/** `KUBE_HISTORIES=100000` for a long run. */
const numRuns = Number(process.env['KUBE_HISTORIES'] ?? 300)

function historyOf(...faults: fc.Arbitrary<Step>[]): fc.Arbitrary<Step[]> {
  const step = fc.oneof({ arbitrary: ordinary, weight: 2 }, { arbitrary: fc.oneof(...faults), weight: 1 })
  return fc.array(step, { maxLength: 40 })
}

test('after any changes and faults, the picture is that of a fresh list', { timeout: HOUR }, async () => {
  await fc.assert(
    fc.asyncProperty(historyOf(fault), (steps) => survives(steps, false)),
    { numRuns },
  )
})

test('even after etcd was restored, within an hour', { timeout: HOUR }, async () => {
  await fc.assert(
    fc.asyncProperty(historyOf(fault, restore), (steps) => survives(steps, true)),
    { numRuns: numRuns / 10 },
  )
})
