import type { NamespaceFacts } from '../core/cluster-facts.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { DEFAULT_ACCESS_RATES, makeAccessLookUp } from './access.ts'
import { makeClusterFacts, type ClusterFactsParts } from './cluster-facts-source.ts'
import type { FactSource } from './fact-source.ts'
import { DEFAULT_NAMESPACE_RATES, makeNamespaceLabels } from './namespace-labels.ts'
import { DEFAULT_OWNER_RATES, makeOwnerLookUp } from './owner-look-up.ts'

export interface ClusterFactsOptions {
  readonly client: KubeClient
  /** milliseconds, monotonic */
  readonly clock: () => number
  /** a namespace that a watch shows */
  readonly namespace: (name: string) => NamespaceFacts | undefined
  readonly consumers: ClusterFactsParts['consumers']
}

/** The facts of a cluster that is watched and may be asked, each within its limits. */
export function openClusterFacts({ client, clock, namespace, consumers }: ClusterFactsOptions): FactSource {
  return makeClusterFacts({
    namespaces: makeNamespaceLabels({ client, watched: namespace, rates: DEFAULT_NAMESPACE_RATES, clock }),
    owners: makeOwnerLookUp({ client, rates: DEFAULT_OWNER_RATES, clock }),
    access: makeAccessLookUp({ client, rates: DEFAULT_ACCESS_RATES, clock }),
    consumers,
  })
}
