import { expect } from 'vitest'
import type { TestCluster } from '../../cluster/attach.ts'
import { waitUntil } from '../../cluster/wait-until.ts'

/**
 * Comes and goes by itself: Events end after an hour, and nodes renew Leases of their own all the time (theirs are kept).
 * Metrics of pods are measured, not stored.
 */
const PASSING = new Set(['events', 'events.events.k8s.io', 'componentstatuses'])

/**
 * Everything that a cluster has, of every kind that can be listed, one line each: kind, namespace, name.
 */
export async function inventoryOf(cluster: TestCluster): Promise<string[]> {
  const { stdout } = await cluster.kubectl(['api-resources', '--verbs=list', '-o', 'name', '--cached=false'])
  const kinds = stdout
    .trim()
    .split('\n')
    .filter((kind) => !PASSING.has(kind))
  const columns = 'custom-columns=A:.apiVersion,K:.kind,NS:.metadata.namespace,N:.metadata.name'
  const all = await cluster.kubectl(['get', kinds.join(','), '-A', '-o', columns, '--no-headers'])
  return all.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/).join(' '))
    .toSorted()
}

/** Resolves with what two looks in a row agree on: controllers make things of their own from new objects. */
export async function untilStill(look: () => Promise<string[]>): Promise<string[]> {
  let last = await look()
  return waitUntil(
    'nothing changes by itself',
    async () => {
      const now = await look()
      const isStill = JSON.stringify(now) === JSON.stringify(last)
      last = now
      return isStill && now
    },
    { interval: 1000 },
  )
}

/**
 * What docs/upgrade.md says to do where no replica ever ran. The API server (1.36.3) may hang in the deletion of a kind that
 * nobody ever asked for: its finalizer then opens the storage of the kind, and loses it to the very mark that it is deleted.
 */
export async function askForEveryKind(cluster: TestCluster): Promise<void> {
  await cluster.kubectl(['get', 'dsp,dsg,dsx,dsi', '-A'])
}

/** What an object owned is collected a moment after it. */
export async function untilSame(cluster: TestCluster, before: readonly string[]): Promise<void> {
  let now: string[] = []
  await waitUntil('all is as it was', async () => {
    now = await inventoryOf(cluster)
    return JSON.stringify(now) === JSON.stringify(before)
  }).catch(() => expect(now).toEqual(before))
}
