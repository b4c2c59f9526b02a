import { describe, expect, test } from 'vitest'
import type { KubeClient } from '../../src/kube/kube-client.ts'
import { type Reflector, type ReflectorOptions, startReflector } from '../../src/kube/reflector.ts'
import { readFields } from '../../src/kube/read-fields.ts'
import { BreakableClient } from './breakable-client.ts'
import { eventually } from './fake-time.ts'
import { Recorder } from './recorder.ts'

type Time = Pick<ReflectorOptions<string>, 'now' | 'random' | 'sleep'>

/** A cluster, fake or real, with one namespace that only this test uses. */
export interface ClusterUnderTest extends AsyncDisposable {
  readonly client: KubeClient
  readonly namespace: string
  readonly time: Time
  /** Creates or replaces a config map with `data: { value }`. */
  put(name: string, value: string): Promise<void>
  remove(name: string): Promise<void>
  /** Makes all versions before now unknown to the server. A server that cannot leaves it out, and its cases are skipped. */
  compact?(): Promise<void>
}

interface Run extends AsyncDisposable {
  readonly reflector: Reflector<string>
  readonly recorder: Recorder<string>
  readonly client: BreakableClient
  stop(): void
}

/** What must hold on every API server. Run on the fake one and on a real one, so that the fake cannot drift. */
export function reflectorCases(name: string, makeCluster: () => Promise<ClusterUnderTest>): void {
  describe(`reflector on ${name}`, () => {
    test('shows what exists, when it is synced', async () => {
      await using cluster = await makeCluster()
      await cluster.put('a', '1')
      await cluster.put('b', '2')
      await using run = start(cluster)
      expect(run.reflector.isSynced()).toBe(false)
      await run.reflector.synced
      expect(run.reflector.isSynced()).toBe(true)
      expect(valuesOf(run)).toEqual({ a: '1', b: '2' })
      expect(run.recorder.told.toSorted()).toEqual(['added a', 'added b'])
    })

    test('is synced with nothing when there is nothing', async () => {
      await using cluster = await makeCluster()
      await using run = start(cluster)
      await run.reflector.synced
      expect(run.reflector.items().size).toBe(0)
    })

    test('tells of creation, change and deletion, with before and after', async () => {
      await using cluster = await makeCluster()
      await using run = start(cluster)
      await run.reflector.synced
      await cluster.put('a', '1')
      await cluster.put('a', '2')
      await cluster.remove('a')
      await eventually(() => run.recorder.changes.length === 3)
      const { namespace } = cluster
      expect(run.recorder.changes).toEqual([
        { type: 'added', namespace, name: 'a', after: '1' },
        { type: 'modified', namespace, name: 'a', before: '1', after: '2' },
        { type: 'deleted', namespace, name: 'a', before: '2' },
      ])
    })

    test('holds only objects of interest, and deletes one that loses it', async () => {
      await using cluster = await makeCluster()
      await cluster.put('a', 'dull')
      await using run = start(cluster, {
        project: (object) => (valueOf(object) === 'dull' ? undefined : valueOf(object)),
      })
      await run.reflector.synced
      expect(run.reflector.items().size).toBe(0)
      await cluster.put('a', 'shiny')
      await cluster.put('a', 'dull')
      await cluster.put('b', 'shiny')
      await eventually(() => run.recorder.changes.length === 3)
      expect(run.recorder.told).toEqual(['added a', 'deleted a', 'added b'])
    })

    test('shows a list and a watch the same kind of object', async () => {
      await using cluster = await makeCluster()
      await cluster.put('listed', '1')
      await using run = start(cluster, {
        project: (object) => {
          const { apiVersion, kind } = readFields(object)
          return `${String(apiVersion)} ${String(kind)}`
        },
      })
      await run.reflector.synced
      await cluster.put('watched', '1')
      await eventually(() => run.reflector.items().size === 2)
      expect(valuesOf(run)).toEqual({ listed: 'v1 ConfigMap', watched: 'v1 ConfigMap' })
    })

    test('lists more objects than fit on a page', async () => {
      await using cluster = await makeCluster()
      const names = Array.from({ length: 10 }, (_, index) => `n${index}`)
      for (const object of names) await cluster.put(object, object)
      await using run = start(cluster, { timings: { pageSize: 3 } })
      await run.reflector.synced
      expect(Object.keys(valuesOf(run)).toSorted()).toEqual(names)
      expect(run.reflector.stats().lists).toBe(1)
    })

    test('a watch that is cut goes on where it was, without a new list', async () => {
      await using cluster = await makeCluster()
      await cluster.put('a', '1')
      await using run = start(cluster)
      await run.reflector.synced
      await eventually(() => run.reflector.stats().lastContactAt !== undefined)
      run.client.down()
      await cluster.put('b', '2')
      await cluster.remove('a')
      expect(valuesOf(run)).toEqual({ a: '1' })
      run.client.up()
      await eventually(() => run.recorder.changes.length === 3)
      expect(run.recorder.told).toEqual(['added a', 'added b', 'deleted a'])
      expect(run.reflector.stats().lists).toBe(1)
    })

    test('an object that was deleted and made anew meanwhile is told as deleted and added', async () => {
      await using cluster = await makeCluster()
      await cluster.put('a', '1')
      await using run = start(cluster)
      await run.reflector.synced
      run.client.down()
      await cluster.remove('a')
      await cluster.put('a', '2')
      run.client.up()
      await eventually(() => valuesOf(run)['a'] === '2')
      expect(run.recorder.told).toEqual(['added a', 'deleted a', 'added a'])
    })

    test('two reflectors do not disturb each other, and one can stop', async () => {
      await using cluster = await makeCluster()
      await using first = start(cluster)
      await using second = start(cluster)
      await Promise.all([first.reflector.synced, second.reflector.synced])
      first.stop()
      await first.reflector.done
      await cluster.put('a', '1')
      await eventually(() => second.reflector.items().size === 1)
      expect(first.recorder.changes).toEqual([])
      expect(second.reflector.stats().restarts).toBe(0)
    })

    test('what the server has forgotten is found out by a new list', async ({ skip }) => {
      await using cluster = await makeCluster()
      if (!cluster.compact) skip('this server cannot be told to forget')
      await cluster.put('stays', '1')
      await cluster.put('goes', '1')
      await cluster.put('again', '1')
      await cluster.put('changes', '1')
      await using run = start(cluster)
      await run.reflector.synced
      run.recorder.forget()
      run.client.down()
      await cluster.remove('goes')
      await cluster.remove('again')
      await cluster.put('again', '2')
      await cluster.put('changes', '2')
      await cluster.put('comes', '1')
      await cluster.compact?.()
      run.client.up()
      await eventually(() => valuesOf(run)['comes'] === '1')
      expect(valuesOf(run)).toEqual({ stays: '1', again: '2', changes: '2', comes: '1' })
      expect(run.recorder.told.toSorted()).toEqual(
        ['added again', 'added comes', 'deleted again', 'deleted goes', 'modified changes'].toSorted(),
      )
      expect(run.reflector.stats().relists).toBe(1)
    })
  })
}

function start(cluster: ClusterUnderTest, overrides: Partial<ReflectorOptions<string>> = {}): Run {
  const client = new BreakableClient(cluster.client)
  const recorder = new Recorder<string>()
  const stop = new AbortController()
  const reflector = startReflector<string>({
    client,
    resource: 'configmaps',
    path: `/api/v1/namespaces/${cluster.namespace}/configmaps`,
    project: valueOf,
    onChange: recorder.onChange,
    signal: stop.signal,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    ...cluster.time,
    ...overrides,
  })
  return {
    reflector,
    recorder,
    client,
    stop: () => stop.abort(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await reflector.done
      // Only what was told may be held; a recorder that was told something impossible counts as a failed handler.
      expect(reflector.stats().handlerErrors).toBe(0)
    },
  }
}

/** The config map's `data.value`; a namespace of a real cluster also holds a config map of its own, which has none. */
export function valueOf(object: unknown): string | undefined {
  const { value } = readFields(readFields(object)['data'])
  return typeof value === 'string' ? value : undefined
}

function valuesOf({ reflector }: { reflector: Reflector<string> }): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [key, value] of reflector.items()) values[key.replace(/^.*\//, '')] = value
  return values
}
