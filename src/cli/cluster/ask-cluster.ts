import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { ConsumerIndex } from '../../facts/consumers.ts'
import { FactUnavailable, type FactSource } from '../../facts/fact-source.ts'
import { GROUP, KINDS, resourcePath, type ResourceKind } from '../../policy/kinds.ts'
import { objectOr, type NamespaceFacts } from '../../core/cluster-facts.ts'
import type { JsonObject } from '../../core/pod.ts'
import { printable } from '../../core/quote.ts'
import { textOf } from '../../discovery/loose.ts'
import type { StateStore } from '../../state/state-store.ts'
import { CommandError, type Io } from '../io.ts'
import type { WorldOptions } from '../world/world-options.ts'
import { underWritten, type WrittenNamespace } from '../world/written-namespaces.ts'

/** A cluster that one command asks. */
export interface AskedCluster extends AsyncDisposable {
  readonly client: KubeClient
  readonly facts: FactSource
  /** the same facts, where other namespaces are about to be applied; what was asked once is not asked again */
  readonly factsUnder: (written: WrittenNamespace) => FactSource
  /** namespaces that were read already, by name: of these nobody needs to ask */
  readonly namespaces: Map<string, NamespaceFacts>
}

const ASK_MS = 30_000
const PAGE_SIZE = 500

/** A command asks for itself alone: nobody needs to be kept from asking. */
const UNLIMITED = { perSecond: 1e6, burst: 1e6 }
const RATES = { all: UNLIMITED, namespace: UNLIMITED }

/**
 * Connects, without asking anything yet. The Kubernetes client costs 85 MB: only who asks a cluster pays for it.
 *
 * @param written the namespaces that are about to be applied
 */
export async function openCluster(
  { kubeconfig, context }: Pick<WorldOptions, 'kubeconfig' | 'context'>,
  { cwd }: Pick<Io, 'cwd'>,
  written: WrittenNamespace = () => undefined,
): Promise<AskedCluster> {
  const [kube, clusterFacts, labels, owners, access, consumers] = await Promise.all([
    import('../../kube/client.ts'),
    import('../../facts/cluster-facts-source.ts'),
    import('../../facts/namespace-labels.ts'),
    import('../../facts/owner-look-up.ts'),
    import('../../facts/access.ts'),
    import('../../facts/consumers.ts'),
  ])
  const client = await kube.connect({
    kubeconfig: kubeconfig === undefined ? undefined : resolve(cwd, kubeconfig),
    context,
  })
  const clock = (): number => performance.now()
  const index = consumers.makeConsumerIndex()
  let counted: Promise<void> | undefined
  let isCounted = false
  const count = (): Promise<void> =>
    (counted ??= consumersInto(index, client).then(
      () => void (isCounted = true),
      (cause: unknown) => {
        throw new FactUnavailable(
          `who uses the instances: ${client.server} did not list the pods with our label (${reasonOf(cause)})`,
          { cause },
        )
      },
    ))

  const namespaces = new Map<string, NamespaceFacts>()
  const labelsOf = labels.makeNamespaceLabels({
    client,
    clock,
    rates: RATES,
    watched: (name) => namespaces.get(name),
  })
  const parts = {
    owners: owners.makeOwnerLookUp({ client, clock, rates: RATES }),
    access: access.makeAccessLookUp({ client, clock, rates: RATES }),
    consumers: (namespace: string, appId: string) => (isCounted ? index.of(namespace, appId) : undefined),
  }
  const factsUnder = (applied: WrittenNamespace): FactSource => {
    const facts = clusterFacts.makeClusterFacts({ ...parts, namespaces: underWritten(labelsOf, applied) })
    return {
      peek: facts.peek,
      async gather(subject, needs, signal) {
        // only a policy with capacity asks, so only then every pod with our label is listed
        if (needs.some(({ kind }) => kind === 'consumers')) await count()
        return facts.gather(
          subject,
          needs.filter(({ kind }) => kind !== 'consumers'),
          signal,
        )
      },
    }
  }
  return {
    client,
    facts: factsUnder(written),
    factsUnder,
    namespaces,
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/**
 * Reads what decides about pods of these namespaces: their instances, all policies, their grants and exceptions.
 *
 * @param namespaces one empty name for all of them
 * @throws CommandError 3 where the cluster does not tell
 */
export async function readCluster(
  store: StateStore,
  { client }: AskedCluster,
  namespaces: readonly string[],
): Promise<void> {
  const { listInto } = await import('../../discovery/read-namespace.ts')
  for (const namespace of namespaces) {
    await orIncomplete(
      `the instances of ${placeOf(namespace)} are unknown: ${client.server} did not list its DaemonSets, Deployments and Services`,
      () => listInto(store.inventory, client, namespace, AbortSignal.timeout(ASK_MS)),
    )
  }
  await listResources(client, 'DaprSharedPolicy', '', (object, _, name) =>
    store.policies.setPolicy(name, object),
  )
  for (const namespace of namespaces) {
    await listResources(client, 'DaprSharedGrant', namespace, (object, own, name) =>
      store.policies.setGrant(own, name, object),
    )
    await listResources(client, 'DaprSharedException', namespace, (object, own, name) =>
      store.policies.setException(own, name, object),
    )
  }
}

/** Lists one of our kinds; a cluster that does not have the kind has none of them. */
async function listResources(
  client: KubeClient,
  kind: ResourceKind,
  namespace: string,
  take: (object: JsonObject, namespace: string, name: string) => void,
): Promise<void> {
  const { listIfInstalled } = await import('../../kube/page-list.ts')
  const path = resourcePath(kind, namespace)
  const read = (object: unknown): void => {
    const metadata = objectOr(objectOr(object)['metadata'])
    take(objectOr(object), textOf(metadata['namespace']) ?? '', textOf(metadata['name']) ?? '')
  }
  await orIncomplete(
    `which ${kind} resources there are in ${placeOf(namespace)} is unknown: ${client.server} did not list ${KINDS[kind].plural}.${GROUP}`,
    () =>
      listIfInstalled(
        (query) => client.get(path, { query, signal: AbortSignal.timeout(ASK_MS) }),
        read,
        PAGE_SIZE,
      ),
  )
}

async function consumersInto(index: ConsumerIndex, client: KubeClient): Promise<void> {
  const [{ listInPages }, { LABEL }] = await Promise.all([
    import('../../kube/page-list.ts'),
    import('../../core/vocabulary.ts'),
  ])
  await listInPages(
    (query) =>
      client.get('/api/v1/pods', {
        query: { ...query, labelSelector: LABEL.appId },
        signal: AbortSignal.timeout(ASK_MS),
      }),
    (pod) => index.change(undefined, index.read(pod)),
    PAGE_SIZE,
  )
}

function placeOf(namespace: string): string {
  return namespace === '' ? 'all namespaces' : `namespace ${namespace}`
}

/** @throws CommandError 3: a cluster that does not tell is never one that has nothing */
export async function orIncomplete<T>(unknown: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new CommandError(`${unknown} (${reasonOf(error)}).`, 3)
  }
}

/** The sentences about what is unknown name the server already. */
const SERVER_AGAIN = /^\S+ cannot be reached: /

function reasonOf(error: unknown): string {
  return error instanceof Error ? printable(error.message.replace(SERVER_AGAIN, '')) : 'no answer'
}
