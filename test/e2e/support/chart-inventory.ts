import type { TestCluster } from '../../cluster/attach.ts'

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
