import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DEFAULT_CLUSTER_DOMAIN, findClusterDomain } from '../config/cluster-domain.ts'
import type { ServeSettings } from '../config/serve-settings.ts'
import type { InventorySource } from '../discovery/source.ts'
import type { ClusterSource } from '../discovery/cluster-source.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { openFolderSource } from '../state/folder-source.ts'
import type { InputPlaces } from '../state/read-files.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Where the inventory comes from, and the cluster behind it, if there is one. */
export interface OpenedSource extends InventorySource {
  readonly cluster?: {
    readonly client: KubeClient
    readonly watched: ClusterSource
    /** the DNS domain of its Services */
    readonly domain: string
  }
}

/**
 * Opens what the inventory comes from: a folder of manifests, read at once, or a cluster, which may be unreachable and
 * come later.
 *
 * @throws UnreadableInput, ManifestError for a folder; KubeConfigError for a cluster that nothing leads to
 */
export async function openSource(
  settings: ServeSettings,
  log: Logger,
  places: InputPlaces,
): Promise<OpenedSource> {
  const { source, clusterDomain } = settings
  if (source.kind === 'state') {
    return openFolderSource({
      ...places,
      paths: source.paths,
      defaultNamespace: 'default',
      clusterDomain: clusterDomain ?? DEFAULT_CLUSTER_DOMAIN,
      now: Date.now,
      log,
    })
  }
  // client-node costs 85 MB: only who talks to a cluster pays for it
  const [{ connect }, { watchCluster }] = await Promise.all([
    import('../kube/client.ts'),
    import('../discovery/cluster-source.ts'),
  ])
  const { kubeconfig, context } = source
  const file = kubeconfig === undefined ? undefined : resolve(places.cwd, kubeconfig)
  const client = await connect({ kubeconfig: file, context })
  const domain = clusterDomain ?? (await findClusterDomain()) ?? DEFAULT_CLUSTER_DOMAIN
  const watched = watchCluster({
    client,
    clusterDomain: domain,
    log,
    now: Date.now,
    clock: () => performance.now(),
    random: Math.random,
  })
  // what the first lists leave behind would stay until something else fills the heap; there only with --expose-gc
  void watched.synced.then(() => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }))
  return {
    ...watched,
    cluster: { client, watched, domain },
    async [Symbol.asyncDispose]() {
      await watched[Symbol.asyncDispose]()
      await client[Symbol.asyncDispose]()
    },
  }
}
