import type { Inventory } from '../../core/inventory.ts'
import type { PolicySet } from '../../core/policy.ts'
import type { Settings } from '../../core/settings.ts'
import type { FactSource } from '../../facts/fact-source.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { ReviewContext } from '../../review/review-manifest.ts'
import type { Unread } from '../../state/incomplete.ts'
import type { Manifest } from '../../state/manifest.ts'
import { orIncomplete } from '../cluster/ask-cluster.ts'
import { readGround, type GroundRequest } from './ground.ts'
import type { Io } from '../io.ts'
import type { WorldOptions } from './world-options.ts'

/** What a command looks at: the objects it was given, the instances that there are, and what governs their use. */
export interface World extends AsyncDisposable {
  /** the objects of `-f`, or else of `--state`, in order */
  readonly manifests: readonly Manifest[]
  readonly inventory: Inventory
  readonly policies: PolicySet
  readonly facts: FactSource
  /** of the cluster that is asked; none without one */
  readonly client: KubeClient | undefined
  /** pods that a cluster says use an instance, by `<namespace>/<appId>`; none where no cluster was asked for them */
  readonly consumers: ReadonlyMap<string, number> | undefined
  /** what the recordings among the state do not have */
  readonly unread: readonly Unread[]
}

export interface WorldRequest extends GroundRequest {
  /** also count the pods, of the namespace or of all, that use each instance */
  readonly consumers?: true
}

/**
 * Reads files and state, or asks a cluster.
 *
 * @throws CommandError 2 where nothing says what instances there are, 3 where a cluster does not tell
 */
export async function readWorld(options: WorldOptions, request: WorldRequest, io: Io): Promise<World> {
  await using stack = new AsyncDisposableStack()
  const { manifests, store, cluster, unread } = stack.use(await readGround(options, request, io))
  const { inventory, policies, facts } = store.snapshot()
  const consumers =
    cluster === undefined || !request.consumers
      ? undefined
      : await countIn(cluster.client, options.namespace ?? '')
  const open = stack.move()
  return {
    manifests,
    inventory,
    policies,
    facts: cluster?.facts ?? facts,
    client: cluster?.client,
    consumers,
    unread,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

const ASK_MS = 30_000

async function countIn(client: KubeClient, namespace: string): Promise<ReadonlyMap<string, number>> {
  const { countConsumers } = await import('../../discovery/count-consumers.ts')
  return orIncomplete(
    `the consumers are unknown: ${client.server} did not list the pods with our label`,
    () => countConsumers(client, namespace, AbortSignal.timeout(ASK_MS)),
  )
}

/** How long a command may ask a cluster. */
const COMMAND_MS = 10 * 60_000

/** What a command decides with: what it looked at, under the same settings as a server. */
export function contextOf(
  { inventory, policies, facts }: Pick<World, 'inventory' | 'policies' | 'facts'>,
  settings: Settings,
  defaultNamespace: string,
): ReviewContext {
  return {
    known: { inventory, policies, settings, now: Date.now() },
    facts,
    defaultNamespace,
    signal: AbortSignal.timeout(COMMAND_MS),
  }
}
