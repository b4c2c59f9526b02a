import type { Probe } from '../../check/dry-run.ts'
import { instancesOf } from '../../check/instances.ts'
import type { ClusterFacts, Fact } from '../../check/facts.ts'
import { chooseTarget, probePod, type Target } from '../../check/probe-pod.ts'
import { objectOr } from '../../core/cluster-facts.ts'
import type { Inventory } from '../../core/inventory.ts'
import type { Settings } from '../../core/settings.ts'
import { stringsOf } from '../../discovery/loose.ts'
import { podOf } from '../../server-dry-run/judge.ts'
import { offlineAnswer, type OfflineAnswer } from '../../server-dry-run/offline-answer.ts'
import { makeStateStore } from '../../state/state-store.ts'
import { readCluster, type AskedCluster } from '../cluster/ask-cluster.ts'
import { CommandError } from '../io.ts'
import { postDryRun } from '../server/post-dry-run.ts'
import { contextOf } from '../world/world.ts'

export interface DryRunRequest {
  readonly settings: Settings
  readonly clusterDomain: string
  /** none for any */
  readonly namespace: string | undefined
  readonly inventory: Fact<Inventory>
}

/** Asks for two pods without creating them: one that asks for an instance, and one that does not. */
export async function askDryRuns(
  cluster: AskedCluster,
  { settings, clusterDomain, namespace, inventory }: DryRunRequest,
): Promise<NonNullable<ClusterFacts['dryRun']>> {
  const { excludedNamespaces } = settings
  const instances = inventory.known ? instancesOf(inventory.value) : []
  const target = chooseTarget(instances, excludedNamespaces, namespace)
  const namespaceLabels = await readLabels(cluster, target.namespace)
  const ask = async (one: Target, offline: OfflineAnswer): Promise<Probe> => {
    const sent = probePod(one)
    const { answer } = await postDryRun(cluster.client, one.namespace, sent)
    return { target: one, sent, answer, offline, namespaceLabels, excludedNamespaces }
  }
  return {
    injection: await ask(target, await decideOffline(cluster, target, settings, clusterDomain)),
    plain: await ask({ ...target, appId: '' }, { kind: 'unasked' }),
  }
}

/** What the webhook must say, by what its namespace has and all policies. */
async function decideOffline(
  cluster: AskedCluster,
  target: Target,
  settings: Settings,
  clusterDomain: string,
): Promise<OfflineAnswer> {
  const store = makeStateStore(clusterDomain)
  const object = probePod(target)
  const pod = podOf(object)
  if (pod === undefined) return { kind: 'unasked' }
  try {
    await readCluster(store, cluster, [target.namespace])
  } catch (error) {
    if (error instanceof CommandError) return { kind: 'unknown', why: error.message }
    throw error
  }
  const context = contextOf({ ...store.snapshot(), facts: cluster.facts }, settings, target.namespace)
  const manifest = { apiVersion: 'v1', kind: 'Pod', name: 'dapr-shared-check-', object }
  return offlineAnswer(manifest, pod, target.namespace, context)
}

/** They tell whether a selector leaves the namespace out; without them less can be told. */
async function readLabels(
  { client }: AskedCluster,
  namespace: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const object = await client.get(`/api/v1/namespaces/${namespace}`, {
      signal: AbortSignal.timeout(15_000),
    })
    return stringsOf(objectOr(objectOr(object)['metadata'])['labels'])
  } catch {
    return undefined
  }
}
