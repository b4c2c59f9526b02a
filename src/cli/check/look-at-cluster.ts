import { readKnown } from '../../check/check.ts'
import { readDeployed } from '../../check/deployed.ts'
import type { ClusterFacts } from '../../check/facts.ts'
import { DEFAULT_CLUSTER_DOMAIN } from '../../config/cluster-domain.ts'
import { makeSettings } from '../../core/settings.ts'
import { ApiError } from '../../kube/call-errors.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { openCluster, orIncomplete } from '../cluster/ask-cluster.ts'
import type { Io } from '../io.ts'
import type { WorldOptions } from '../world/world-options.ts'
import { askDryRuns } from './dry-run.ts'
import { readFacts } from './read-facts.ts'

export interface Look extends Pick<WorldOptions, 'kubeconfig' | 'context'> {
  readonly ownNamespace: string
  /** none: as the Deployment says */
  readonly clusterDomain?: string | undefined
  /** where the dry-run pods are asked for, none for any; false: not at all */
  readonly dryRun: { readonly namespace: string | undefined } | false
  /** milliseconds since the epoch, by the clock of this machine */
  readonly now: number
}

export interface Looked {
  readonly facts: ClusterFacts
  readonly clusterDomain: string
  /** by the clock of the API server: that of a laptop may be minutes off, and Leases are about seconds */
  readonly now: number
}

/**
 * Reads all that the checks look at. What a caller may not see is a fact that is not known.
 *
 * @throws CommandError 3 where no API server answers at all
 */
export async function lookAtCluster(look: Look, io: Io): Promise<Looked> {
  const { ownNamespace, dryRun } = look
  await using cluster = await openCluster(look, io)
  const { client } = cluster
  const now = (await askForClock(client)) ?? look.now
  const facts = await readFacts(client, ownNamespace)
  const deployed = readDeployed(facts.deployment.known ? facts.deployment.value : undefined)
  const clusterDomain = look.clusterDomain ?? deployed.clusterDomain ?? DEFAULT_CLUSTER_DOMAIN
  if (dryRun === false) return { facts: { ...facts, dryRun: undefined }, clusterDomain, now }
  const { inventory } = readKnown({ ...facts, dryRun: undefined }, { clusterDomain, now })
  const probes = await askDryRuns(cluster, {
    settings: makeSettings(deployed.skippedContainers, ownNamespace),
    clusterDomain,
    namespace: dryRun.namespace,
    inventory,
  })
  return { facts: { ...facts, dryRun: probes }, clusterDomain, now }
}

const ASK_MS = 15_000

/** Who is told no by an API server goes on: the lines say what may not be seen. @returns its clock, where it tells it */
async function askForClock(client: KubeClient): Promise<number | undefined> {
  let now: number | undefined
  await orIncomplete(`nothing can be checked: ${client.server} does not answer`, async () => {
    try {
      await client.get('/version', {
        signal: AbortSignal.timeout(ASK_MS),
        onDate: (date) => {
          now = date
        },
      })
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401) throw error
    }
  })
  return now
}
